import type { Block } from "../block.js";
import { duplicate, invalid, Mistake, ofDirective } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseNumber } from "../values/numbers.js";

/** `user NAME [GROUP]`. */
export interface User {
  readonly name: string;
  readonly group: string;
}

export function readUser(
  statement: Statement,
  _block: Block,
  before: User | undefined,
  reading: Reading,
): User {
  if (before !== undefined) throw duplicate(statement);
  const [name, group = name] = statement.words as readonly [Word, Word?];
  if (!reading.root) {
    reading.warn(
      "user-without-root",
      'the "user" directive makes sense only if the master process runs with super-user privileges, ignored',
      statement.end,
    );
    return { name: name.text, group: group.text };
  }
  if (reading.world.user(name.text) === undefined)
    throw new Mistake(`getpwnam("${name.text}") failed`, { code: "no-such-user", word: name });
  if (reading.world.group(group.text) === undefined)
    throw new Mistake(`getgrnam("${group.text}") failed`, { code: "no-such-group", word: group });
  return { name: name.text, group: group.text };
}

/** `worker_processes N | auto`. */
export function readWorkerProcesses(
  statement: Statement,
  _block: Block,
  before: number | "auto" | undefined,
): number | "auto" {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (word.text === "auto") return "auto";
  const count = parseNumber(word.text);
  if (count === undefined) throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return count;
}

/** `worker_priority [-]N`. */
export function readPriority(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  const value = parseNumber(word.text.replace(/^-/, ""));
  if (value === undefined) throw ofDirective(statement, "invalid number", { code: "invalid-value", word });
  return word.text.startsWith("-") ? -value : value;
}

/** `worker_connections N`. */
export function readConnections(statement: Statement, _block: Block, before: number | undefined): number {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  const value = parseNumber(word.text);
  if (value === undefined) throw invalid("number", word);
  return value;
}

const eventMethods = ["epoll", "poll", "select"];

/** `use METHOD`: what there is on Linux. */
export function readEventMethod(statement: Statement, _block: Block, before: string | undefined): string {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (!eventMethods.includes(word.text)) throw invalid("event type", word);
  return word.text;
}

/** Blocks that may stand once in the file. */
export function onceInMain(context: "events" | "http" | "stream") {
  return (statement: Statement, block: Block): true => {
    if (block.all(context).length > 0) throw duplicate(statement);
    return true;
  };
}

/** `worker_cpu_affinity MASK… | auto [MASK]`: masks are of 0 and 1. */
export function readAffinity(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
): readonly string[] {
  if (before !== undefined) throw duplicate(statement);
  const { words } = statement;
  for (const word of words[0]!.text === "auto" ? words.slice(1) : words) {
    // nginx reads them from their ends.
    const wrong = [...word.text].reverse().find((char) => !/[01 ]/.test(char));
    if (wrong !== undefined)
      throw new Mistake(`invalid character "${wrong}" in "worker_cpu_affinity"`, {
        code: "invalid-value",
        word,
      });
  }
  return words.map(({ text }) => text);
}

/** `load_module FILE`: before any block. */
export function readModule(
  statement: Statement,
  block: Block,
  before: readonly string[] | undefined,
): readonly string[] {
  if (block.children.length > 0) throw ofDirective(statement, "is specified too late", { code: "too-late" });
  return [...(before ?? []), statement.words[0]!.text];
}

/** `aio on | off | threads[=POOL]`. */
export function readAio(statement: Statement, _block: Block, before: string | undefined): string {
  if (before !== undefined) throw duplicate(statement);
  const word = statement.words[0]!;
  if (!/^(?:on|off|threads(?:=.*)?)$/s.test(word.text))
    throw ofDirective(statement, "invalid value", { code: "invalid-value", word });
  return word.text;
}
