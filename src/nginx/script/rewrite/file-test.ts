import { type Stats, statSync } from "node:fs";

/** What `if (-f …)` and its like ask of a path. */
export type FileTest = "file" | "folder" | "exists" | "executable";

/**
 * Asks a path, whose characters are bytes, as nginx does: links are followed, and what is neither file nor folder doesn't exist.
 * @param failed - told of what goes wrong beside that there is no such path
 */
export function testFile(test: FileTest, path: string, failed: (message: string) => void): boolean {
  const name = path.split("\0")[0]!;
  let found: Stats | undefined;
  try {
    found = statSync(Buffer.from(name, "latin1"), { throwIfNoEntry: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ENAMETOOLONG") failed(message);
  }
  if (!found) return false;
  switch (test) {
    case "file":
      return found.isFile();
    case "folder":
      return found.isDirectory();
    case "exists":
      return found.isFile() || found.isDirectory();
    case "executable":
      return (found.mode & 0o100) !== 0;
  }
}
