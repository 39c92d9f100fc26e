import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { replaceFile } from "../sys/index.js";
import type { Output } from "./ipvsadm-io.js";

/** The words that run rondo, with no PATH. */
export const rondoCommand: readonly string[] = [process.execPath, rondoPath];

/** Writes a unit into a folder (systemd's own for an administrator's, if none is given), and says how to begin with it. */
export function installUnit(name: string, text: string, into: string | undefined, stdout: Output): void {
  const path = join(into ?? "/etc/systemd/system", name);
  write(path, text);
  stdout.write(
    `${path} is written.\nTo begin with it: systemctl daemon-reload && systemctl enable --now ${name}\n`,
  );
}

/** The first line of a unit's text tells that we wrote it, and with what. */
const isOurs = (text: string): boolean => text.startsWith("# Written by `rondo ");

function write(path: string, text: string): void {
  try {
    if (existsSync(path) && !isOurs(readFileSync(path, "utf8")))
      throw new RondoError("unit", `${path} is there already, and not from us`, {
        remedy: "Move it away, or write elsewhere by --into FOLDER.",
      });
    replaceFile(path, text);
  } catch (error) {
    if (error instanceof RondoError) throw error;
    throw new RondoError("unit", `the unit can't be written: ${(error as Error).message}`, { cause: error });
  }
}

/** A word as systemd reads it in a command line: quoted, without its specifiers and variables. */
export const systemdWord = (text: string): string =>
  `"${percentless(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$")}"`;

export const percentless = (text: string): string => text.replaceAll("%", "%%");
