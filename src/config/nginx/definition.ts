import type { Block } from "./block.js";
import type { Reading } from "./reading.js";
import type { Statement } from "./statement.js";

/** Where a directive may stand. An `if` is of a server or of a location; what is in `types`, `map` and the like has no directives. */
export type Context =
  | "main"
  | "events"
  | "http"
  | "http-server"
  | "location"
  | "server-if"
  | "location-if"
  | "limit_except"
  | "http-upstream"
  | "match"
  | "stream"
  | "stream-server"
  | "stream-upstream";

/**
 * A directive: what is known of it before any file is read. Two of one name in different contexts (`proxy_pass` of http and of stream) are two
 * definitions.
 */
export interface Definition<T> {
  readonly name: string;
  readonly contexts: readonly Context[];
  /** How many words may stand behind it. */
  readonly words: { readonly least: number; readonly most: number };
  /** What its words are, as the manual says it: "on | off", "TIME". */
  readonly form?: string;
  /** The context of its block (whose own value of this definition is what was read), or "words" where the block has no directives of its own (map, types, geo, split_clients). */
  readonly block?: Context | "words";
  /** What holds where it is said on no level. */
  readonly initial: T;
  /** done; accepted without effect; refused with its place. `note` says what it won't do. */
  readonly status: "done" | "without-effect" | "refused";
  readonly note?: string;
  /**
   * Reads one statement. `before` is what the same directive said in the same block: those that may stand several times add to it.
   * @throws Mistake in nginx's words
   */
  read(statement: Statement, block: Block, before: T | undefined, reading: Reading): T;
  /** What is to be done when its block begins; `value` is what was read, which is the new block's own. */
  enter?(child: Block, value: T, reading: Reading): void;
  /**
   * What is to be done when its block is complete.
   * @throws Mistake in nginx's words
   */
  leave?(child: Block, reading: Reading): void;
}
