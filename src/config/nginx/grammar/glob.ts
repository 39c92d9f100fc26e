import { nameMatcher } from "../../keepalived/source/glob.js";
import type { NginxWorld } from "../reading.js";

/** Whether `include` takes it for a pattern. */
export const isPattern = (path: string) => /[*?[]/.test(path);

/** Files whose path a pattern matches, sorted, as glob(3): `*` and `?` match no "/" and no first ".". */
export function glob(pattern: string, world: NginxWorld): string[] {
  const parts = pattern.split("/").filter((part) => part !== "");
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    found = found.flatMap((before) => {
      const names = isPattern(part) ? matching(before, part, world) : [part.replaceAll(/\\(.)/g, "$1")];
      return names.map((name) => `${before}${name}`).filter((path) => exists(path, last, world));
    });
    if (!last) found = found.map((path) => `${path}/`);
  }
  return found;
}

function matching(folder: string, part: string, world: NginxWorld): string[] {
  const wanted = nameMatcher(part);
  return [...(world.list(folder === "" ? "." : folder) ?? [])]
    .filter((name) => wanted.test(name) && (part.startsWith(".") || !name.startsWith(".")))
    .sort();
}

function exists(path: string, last: boolean, world: NginxWorld): boolean {
  if (!last) return world.list(path) !== undefined;
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "." : path.slice(0, slash + 1);
  return world.list(folder)?.includes(path.slice(slash + 1)) ?? false;
}
