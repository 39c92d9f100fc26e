import type { Place } from "../../finding.js";
import { Mistake } from "../mistake.js";
import { commandLine } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { Lexer } from "./lexer.js";

/** A file's statements, up to the first place that can't be read. */
export interface Tree {
  readonly statements: readonly Statement[];
  /** What is wrong behind the last one: nginx tells of it after what is wrong with those before it. */
  readonly fault: Mistake | undefined;
}

interface Open {
  readonly name: Word;
  readonly words: readonly Word[];
  readonly end: Place;
  readonly statements: Statement[];
}

/** Reads a text, one character a byte, as statements. Never throws for what it says. */
export function readTree(text: string, file: string): Tree {
  const lexer = new Lexer(text, file);
  const top: Statement[] = [];
  const open: Open[] = [];
  const add = (statement: Statement) => (open.at(-1)?.statements ?? top).push(statement);
  const finish = (rest: { readonly close?: Place; readonly fault?: Mistake }) => {
    const { name, words, end, statements } = open.pop()!;
    add({ name, words, block: statements, end, ...rest });
  };
  try {
    for (;;) {
      const head = lexer.next();
      if (head.kind === "statement") {
        const [name, ...words] = head.words as readonly [Word, ...Word[]];
        add({ name, words, block: undefined, end: head.end });
      } else if (head.kind === "block") {
        if (file === commandLine)
          throw new Mistake("block directives are not supported in -g option", {
            code: "block-on-command-line",
            place: head.end,
          });
        const [name, ...words] = head.words as readonly [Word, ...Word[]];
        open.push({ name, words, end: head.end, statements: [] });
      } else if (head.kind === "close") {
        if (open.length === 0)
          throw new Mistake('unexpected "}"', { code: "unexpected-character", place: head.end });
        finish({ close: head.end });
      } else {
        if (open.length === 0) return { statements: top, fault: undefined };
        throw new Mistake('unexpected end of file, expecting "}"', {
          code: "unexpected-end",
          place: head.end,
        });
      }
    }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    if (open.length === 0) return { statements: top, fault: error };
    finish({ fault: error });
    while (open.length > 0) finish({});
    return { statements: top, fault: undefined };
  }
}
