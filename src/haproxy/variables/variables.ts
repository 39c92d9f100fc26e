import type { Sample, Variables } from "../run/index.js";

/** What a variable takes beside its value (struct var: 56 bytes on 64-bit machines in 2.6): counted against tune.vars.*. */
const overhead = 56;

/** Bytes that a scope's variables take, and its limits: its own, and those of scopes around it. 0: no limit. */
export class VariableSpace {
  readonly limit: number;
  readonly parent: VariableSpace | undefined;
  used = 0;

  constructor(limit: number, parent?: VariableSpace) {
    this.limit = limit;
    this.parent = parent;
  }

  /** Takes bytes in this scope and all around it; false, and nothing taken, where one of them has no room. */
  take(bytes: number): boolean {
    for (let space: VariableSpace | undefined = this; space; space = space.parent)
      if (space.limit > 0 && space.used + bytes > space.limit) return false;
    for (let space: VariableSpace | undefined = this; space; space = space.parent) space.used += bytes;
    return true;
  }
}

const size = (value: Sample): number =>
  value.type === "str" || value.type === "bin" || value.type === "meth" ? value.value.length : 0;

/** The variables of one scope; made when the first is set, since most streams have none. */
export class ScopeVariables implements Variables {
  #values: Map<string, Sample> | undefined;
  readonly #space: VariableSpace | undefined;

  constructor(space?: VariableSpace) {
    this.#space = space;
  }

  get(name: string): Sample | undefined {
    return this.#values?.get(name);
  }

  /** Where the scope has no room left nothing is changed, as in HAProxy. */
  set(name: string, value: Sample): void {
    const values = (this.#values ??= new Map());
    const before = values.get(name);
    const more = size(value) - (before === undefined ? -overhead : size(before));
    if (this.#space?.take(more) === false) return;
    values.set(name, value);
  }

  unset(name: string): void {
    const before = this.#values?.get(name);
    if (before === undefined) return;
    this.#values?.delete(name);
    this.#space?.take(-(size(before) + overhead));
  }

  /** Gives back what they took in the scopes around this one: at the end of what has the scope. */
  clear(): void {
    for (const name of [...(this.#values?.keys() ?? [])]) this.unset(name);
  }

  [Symbol.iterator](): Iterator<readonly [string, Sample]> {
    return (this.#values ?? new Map<string, Sample>()).entries();
  }
}
