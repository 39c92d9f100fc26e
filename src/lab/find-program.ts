import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";

/**
 * The file that a shell would run for a command.
 * @throws RondoError "no-command" (127) or "not-executable" (126), with the shell's exit statuses.
 */
export function findProgram(command: string, path: string): string {
  const candidates = command.includes("/")
    ? [command]
    : path.split(":").map((folder) => join(folder || ".", command));
  const files = candidates.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  const found = files.find(isExecutable);
  if (found) return found;
  if (files[0]) throw new RondoError("not-executable", `${files[0]} is not executable`, { exitStatus: 126 });
  throw new RondoError("no-command", `there is no command ${command}`, {
    exitStatus: 127,
    remedy: command.includes("/") ? `No file is at ${command}.` : `It is in no folder of PATH: ${path}`,
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
