import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeVersion } from "../code-version.js";
import { replaceFile } from "../sys/index.js";
import type { ProgramImage } from "./program.js";

// To write a large program takes longer than all else that a command does. Its image is kept in a file that is named after
// what it was made of: the source text, and the values its writer was given. An image holds no secret (what programs are
// given is filled in when they are loaded) and the kernel verifies each, but it decides what becomes of packets: the folder
// and its files have to be root's own. Whatever is wrong with a file, the program is written anew.

const folder = "/run/rondo/programs";
/** More than one machine's directors make of one version of rondo. */
const most = 64;

/** What an image is made of, besides the source text. */
export interface ImageKey {
  readonly program: string;
  readonly hook: string;
  readonly madeOf: object;
  readonly options: object;
}

/** The image that was kept for this, by this version of rondo. */
export function keptImage(key: ImageKey, within = folder): ProgramImage | undefined {
  const path = join(within, nameOf(key));
  try {
    if (![within, path].every(isOurs)) return undefined;
    return parsed(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Keeps an image, if that is possible here. */
export function keepImage(key: ImageKey, image: ProgramImage, within = folder): void {
  try {
    mkdirSync(dirname(within), { recursive: true, mode: 0o755 }); // Others read what else is there.
    mkdirSync(within, { recursive: true, mode: 0o700 });
    replaceFile(join(within, nameOf(key)), text(image), { mode: 0o600 });
    forgetOldest(within);
  } catch {
    // Then it is written anew by who needs it.
  }
}

/** Root's, or whose process it is, and nobody else may write there. */
function isOurs(path: string): boolean {
  const { uid, mode } = lstatSync(path);
  return uid === process.getuid!() && (mode & 0o022) === 0;
}

function forgetOldest(within: string): void {
  const names = readdirSync(within);
  if (names.length <= most) return;
  const ages = names.map((name) => ({ name, at: lstatSync(join(within, name)).mtimeMs }));
  ages.sort((a, b) => b.at - a.at);
  for (const { name } of ages.slice(most)) rmSync(join(within, name), { force: true });
}

const nameOf = (key: ImageKey): string =>
  createHash("sha256")
    .update(codeVersion())
    .update(JSON.stringify(key, (_, value) => (typeof value === "bigint" ? `${value}n` : value)))
    .digest("hex");

const binary = ["instructions", "btf", "functionInfo", "lineInfo"] as const;

function text(image: ProgramImage): string {
  const bytes = binary.map((part) => [part, image[part] && Buffer.from(image[part]).toString("base64")]);
  const content = JSON.stringify({ ...image, ...Object.fromEntries(bytes) });
  return `${digestOf(content)}\n${content}`;
}

/** Undefined if it isn't whole. */
function parsed(file: string): ProgramImage | undefined {
  const end = file.indexOf("\n");
  const content = file.slice(end + 1);
  if (file.slice(0, end) !== digestOf(content)) return undefined;
  const image = JSON.parse(content);
  for (const part of binary)
    if (image[part] !== undefined) image[part] = new Uint8Array(Buffer.from(image[part], "base64"));
  return image;
}

const digestOf = (content: string) => createHash("sha256").update(content).digest("hex");
