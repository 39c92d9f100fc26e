import { Mistake } from "../mistake.js";
import type { Reading } from "../reading.js";
import { readTree, type Tree } from "./tree.js";

const numbers: Readonly<Record<string, number>> = {
  "No such file or directory": 2,
  "Permission denied": 13,
  "Not a directory": 20,
  "Too many open files": 24,
  "File name too long": 36,
  "Too many levels of symbolic links": 40,
};

/** `open() "PATH" failed (2: No such file or directory)`, as nginx tells of a file that it can't open. */
export function openFailed(path: string, reason: string): string {
  const number = numbers[reason];
  return `open() "${path}" failed (${number === undefined ? "" : `${number}: `}${reason})`;
}

/**
 * Reads a file of the configuration.
 * @throws Mistake if it can't be read
 */
export function readFile(path: string, reading: Reading): Tree {
  const answer = reading.world.readFile(Buffer.from(path, "latin1").toString());
  if ("reason" in answer) {
    // A folder can be opened, and not read.
    if (answer.reason === "Is a directory")
      throw new Mistake(`read() "${path}" failed (21: Is a directory)`, { code: "file", placeless: true });
    throw new Mistake(openFailed(path, answer.reason), { code: "file" });
  }
  if (!reading.files.some(({ name }) => name === path))
    reading.files.push({ name: path, bytes: answer.bytes });
  return readTree(answer.bytes.toString("latin1"), path);
}
