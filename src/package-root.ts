import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder of this package, with a slash at its end. Code asks for files of the package from here, as the file it
 * stands in itself is another one once commands are bundled.
 */
export const packageRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    if (dirname(folder) === folder) throw new Error(`no package.json above ${import.meta.url}`);
    folder = dirname(folder);
  }
  return `${folder}/`;
})();

/** `bin/rondo`, as a person would call it; run it with process.execPath. */
export const rondoPath: string = join(packageRoot, "bin/rondo");
