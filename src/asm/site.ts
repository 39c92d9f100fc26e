/** A place in the author's source. Lines and columns count from 1. */
export interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The folder of this library, as it lies in the sources and in what is built from them; none in a bundle. */
const own = (() => {
  const [, root] = /^(.*?)(?:dist\/)?src\/asm\/site\.[jt]s$/.exec(new URL(import.meta.url).pathname) ?? [];
  return root === undefined ? [] : [`${root}src/asm/`, `${root}dist/src/asm/`];
})();

const known = new WeakMap<Error, Site | { readonly file: undefined }>();

/**
 * Where an instruction was written: the innermost frame of the stack that is not this library's. With
 * `node --enable-source-maps` it is a place in TypeScript, otherwise one in the built JavaScript. In a bundle, where all
 * frames are of one file, there is none.
 */
export function siteOf(site: Error | undefined): Site | undefined {
  if (!site || own.length === 0) return undefined;
  let found = known.get(site);
  if (!found) known.set(site, (found = search(site.stack ?? "") ?? { file: undefined }));
  return found.file === undefined ? undefined : found;
}

function search(stack: string): Site | undefined {
  for (const frame of stack.split("\n")) {
    // "    at name (file:line:column)", or without a name: "    at file:line:column".
    const match = /^\s+at (?:.*\()?(.+?):(\d+):(\d+)\)?$/.exec(frame);
    if (!match) continue;
    const [, where, line, column] = match;
    const file = pathOf(where!.replace(/^async /, ""));
    // What calls `write` wrote nothing: the instruction comes from a construct as a whole (a packet's beginning).
    if (written.test(file) && isOwn(file)) return undefined;
    if (file.startsWith("node:") || isOwn(file)) continue;
    return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}

const written = /\/program\.[jt]s$/;

const pathOf = (where: string) =>
  where.startsWith("file://") ? decodeURIComponent(new URL(where).pathname) : where;

/** Tests beside the library write programs too. */
const isOwn = (file: string) =>
  own.some((folder) => file.startsWith(folder)) && !/\.test\.[jt]s$|\/testing\//.test(file);

/** A site for people: the file's own name and the line. */
export const siteName = ({ file, line }: Site): string => `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;
