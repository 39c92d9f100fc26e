import { Refusal } from "./refusal.js";

const longestName = 255;
const mostNames = 16;

/**
 * The names that a URL's path is made of: ["notes", "a b.txt"] of "/notes/a%20b.txt"; a folder's path ends in "/". Nothing that
 * could lead out of a folder is a name.
 * @throws Refusal 400
 */
export function namesOf(path: string): { names: string[]; folder: boolean } {
  if (!path.startsWith("/")) throw new Refusal(400, "a path begins with /");
  const parts = path.slice(1).split("/");
  const folder = parts.at(-1) === "";
  const names = (folder ? parts.slice(0, -1) : parts).map(decodedName);
  if (names.length > mostNames) throw new Refusal(400, `a path has at most ${mostNames} names`);
  return { names, folder };
}

function decodedName(part: string): string {
  let name: string;
  try {
    name = decodeURIComponent(part);
  } catch {
    throw new Refusal(400, `${part} is no name: it is not encoded as a URL is`);
  }
  const bad = name === "" || name === "." || name === ".." || /[/\0]/.test(name);
  if (bad || Buffer.byteLength(name) > longestName) throw new Refusal(400, `"${part}" is no file's name`);
  return name;
}
