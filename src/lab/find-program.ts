import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { RondoError } from "../errors.js";

/**
 * The file that a shell would run for a command, where `folder` is its working directory and `root` the root folder of its
 * machine.
 * @throws RondoError "no-command" (127) or "not-executable" (126), with the shell's exit statuses.
 */
export function findProgram(
  command: string,
  path: string,
  { root = "/", folder = process.cwd() }: { readonly root?: string; readonly folder?: string } = {},
): string {
  const candidates = command.includes("/")
    ? [command]
    : path.split(":").map((part) => join(part || ".", command));
  const there = (file: string) => join(root, resolve(folder, file));
  const files = candidates.filter((file) => isFile(there(file)));
  const found = files.find((file) => isExecutable(there(file)));
  if (found) return found;
  if (files[0]) throw new RondoError("not-executable", `${files[0]} is not executable`, { exitStatus: 126 });
  throw new RondoError("no-command", `there is no command ${command}`, {
    exitStatus: 127,
    remedy: command.includes("/") ? `No file is at ${command}.` : `It is in no folder of PATH: ${path}`,
  });
}

/** A link is taken for one unseen if it leads nowhere: where it leads on another root can't be told from here. */
function isFile(file: string): boolean {
  const options = { throwIfNoEntry: false } as const;
  return statSync(file, options)?.isFile() ?? lstatSync(file, options)?.isSymbolicLink() ?? false;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
