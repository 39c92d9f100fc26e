import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.js";

const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  version: string;
};

/** The version whose files and ways these are, and our own. */
export const keepalivedVersion = `Keepalived v2.2.7 (Rondo ${version})`;
