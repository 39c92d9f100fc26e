import type { Context, Definition } from "./definition.js";
import type { RewriteStatement } from "./model/index.js";
import type { Statement } from "./statement.js";

/**
 * A block of a configuration that was read: what its directives say, and the blocks within. What it doesn't say holds from the block around it, as
 * nginx merges its levels (ngx_conf_merge_value).
 */
export class Block {
  readonly context: Context;
  readonly parent: Block | undefined;
  /** The statement that began it; undefined of main. */
  readonly statement: Statement | undefined;
  readonly children: Block[] = [];
  /** What set, if, rewrite, return and break do here, in the file's order. */
  readonly rewrites: RewriteStatement[] = [];
  readonly #values = new Map<Definition<unknown>, unknown>();

  constructor(context: Context, parent?: Block, statement?: Statement) {
    this.context = context;
    this.parent = parent;
    this.statement = statement;
  }

  /** What is said here. */
  own<T>(definition: Definition<T>): T | undefined {
    return this.#values.get(definition as Definition<unknown>) as T | undefined;
  }

  set<T>(definition: Definition<T>, value: T): void {
    this.#values.set(definition as Definition<unknown>, value);
  }

  /** What holds here: said here, or in the nearest block around, or by nobody. */
  value<T>(definition: Definition<T>): T {
    for (let block: Block | undefined = this; block !== undefined; block = block.parent) {
      const said = block.own(definition);
      if (said !== undefined) return said;
    }
    return definition.initial;
  }

  /** Blocks within of a kind, in the file's order. */
  all(context: Context): Block[] {
    return this.children.filter((child) => child.context === context);
  }
}
