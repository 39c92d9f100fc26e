import { readFileSync } from "node:fs";
import { packageRoot } from "../../src/package-root.js";

export const kinds = ["as it is", "replaced", "mistyped", "file", "not applicable", "not yet"] as const;

/** A command line of the course notes, as test/fixtures/course-notes/commands.json has it. */
export interface NotedLine {
  /** The note's number: "003" */
  readonly note: string;
  /** The line's number in it, from 1 on. */
  readonly line: number;
  /** The whole line, without the blanks around it. */
  readonly text: string;
  /** TOPOLOGY/HOST: where it is typed; "" if it is not. */
  readonly where: string;
  readonly kind: (typeof kinds)[number];
  /** What is typed, or written into the file, if that isn't the text. */
  readonly typed?: string;
  /** How it ends, if not with status 0. */
  readonly status?: "fails" | "either";
  /** What it prints, among other things. */
  readonly shows?: string;
  readonly why?: string;
}

export const notedLines: readonly NotedLine[] = JSON.parse(
  readFileSync(`${packageRoot}test/fixtures/course-notes/commands.json`, "utf8"),
);

/** "003:97" */
export const nameOf = ({ note, line }: NotedLine): string => `${note}:${line}`;

/** What goes to a host for it. */
export const typedText = ({ typed, text }: NotedLine): string => typed ?? text;

/** Those that are to be typed. */
export const typedLines = notedLines.filter(({ kind }) => kind !== "not applicable" && kind !== "not yet");

/** What opens a here-document: the lines of its file follow. */
export const opensFile = (line: NotedLine): boolean => typedText(line).endsWith("<< 'END'");
