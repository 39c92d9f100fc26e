import { lstatSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { expandBraces } from "./braces.js";
import type { GlobAnswer } from "./world.js";

/** Files that a pattern matches: * ? [a-z] and {a,b}, each alternative sorted by itself; directories end in "/". */
export function globFiles(pattern: string, directory: string): GlobAnswer {
  const answer = { paths: [] as string[], missing: 0, wildcards: false };
  for (const one of expandBraces(pattern)) {
    const rooted = one.startsWith("/");
    const parts = one.split("/").filter((part) => part !== "");
    if (parts.length === 0) continue;
    const found = matching(rooted ? "/" : "", parts, directory, answer);
    answer.paths.push(
      ...found.sort().map((path) => (isDirectory(resolve(directory, path)) ? `${path}/` : path)),
    );
  }
  return answer;
}

function matching(
  before: string,
  parts: readonly string[],
  directory: string,
  answer: { missing: number; wildcards: boolean },
): string[] {
  const [part, ...rest] = parts as [string, ...string[]];
  const go = (name: string) =>
    rest.length === 0 ? [before + name] : matching(`${before}${name}/`, rest, directory, answer);
  if (!/[*?[]/.test(part)) {
    const name = part.replaceAll(/\\(.)/g, "$1");
    if (exists(resolve(directory, before + name))) return go(name);
    answer.missing++;
    return [];
  }
  answer.wildcards = true;
  const wanted = nameMatcher(part);
  return list(resolve(directory, before || "."), answer)
    .filter((name) => wanted.test(name) && (part.startsWith(".") || !name.startsWith(".")))
    .sort()
    .flatMap((name) => (rest.length === 0 || isDirectory(resolve(directory, before + name)) ? go(name) : []));
}

/** fnmatch(3) of one name, as a regular expression. */
export function nameMatcher(part: string): RegExp {
  let source = "";
  for (let i = 0; i < part.length; i++) {
    const letter = part[i]!;
    const close =
      letter === "[" ? part.indexOf("]", part[i + 1] === "!" || part[i + 1] === "^" ? i + 3 : i + 2) : -1;
    if (letter === "*") source += ".*";
    else if (letter === "?") source += ".";
    else if (close > 0) {
      const inside = part
        .slice(i + 1, close)
        .replaceAll("\\", "\\\\")
        .replaceAll("[", "\\[");
      source += `[${inside.startsWith("!") ? `^${inside.slice(1)}` : inside}]`;
      i = close;
    } else source += literal(letter === "\\" && i + 1 < part.length ? part[++i]! : letter);
  }
  try {
    return new RegExp(`^(?:${source})$`, "su");
  } catch {
    return new RegExp(`^${[...part].map(literal).join("")}$`, "su");
  }
}

const literal = (letter: string) => letter.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function list(path: string, answer: { missing: number }): string[] {
  try {
    return readdirSync(path);
  } catch {
    answer.missing++;
    return [];
  }
}
