import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { reasonOf, StartFailure } from "./failure.js";

/** Writes our number. @throws StartFailure */
export function writePidFile(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  } catch (error) {
    throw new StartFailure(`open() "${path}" failed (${reasonOf(error)})`);
  }
}

export function removePidFile(path: string, failed: (sentence: string) => void): void {
  try {
    rmSync(path);
  } catch (error) {
    failed(`unlink() "${path}" failed (${reasonOf(error)})`);
  }
}

/** The master's number. @throws StartFailure where there is no file, or no number in it */
export function readPidFile(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    throw new StartFailure(`open() "${path}" failed (${reasonOf(error)})`);
  }
  const number = text.replace(/[\r\n]+$/, "");
  if (!/^\d{1,9}$/.test(number)) throw new StartFailure(`invalid PID number "${number}" in "${path}"`);
  return Number(number);
}
