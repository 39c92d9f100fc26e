import { type Draft, Label, type Operand, type Operation, StackSlot, Temporary } from "./operation.js";
import type { Parameter } from "./subprogram.js";

/**
 * Collects the operations of one function while the author's TypeScript runs. What is unlikely is collected apart and
 * stands behind all the rest, so that the likely way is one straight line.
 */
export class FunctionBuilder {
  readonly slots: StackSlot[] = [];
  #nextTemporary = 0;
  #nextLabel = 0;
  readonly #sections: Operation[][] = [[]];
  #section = this.#sections[0]!;
  #cold = false;
  #reachable = true;

  constructor(
    readonly name: string,
    /** Whether each operation remembers the line of TypeScript that made it. */
    readonly traced: boolean,
    /** What it gives, if that has a type of ours. */
    readonly result?: Parameter,
  ) {}

  /** All operations, the likely ones first. */
  get operations(): Operation[] {
    return this.#sections.flat();
  }

  /** Whether what is added now can be reached. */
  get reachable(): boolean {
    return this.#reachable;
  }

  get temporaryCount(): number {
    return this.#nextTemporary;
  }

  temporary(name?: string): Temporary {
    return new Temporary(this.#nextTemporary++, name);
  }

  label(name: string): Label {
    return new Label(`${name}${this.#nextLabel++}`);
  }

  slot(size: number, name: string): StackSlot {
    const slot = new StackSlot(size, name);
    this.slots.push(slot);
    return slot;
  }

  /** Adds an operation; nothing where nothing can be reached. */
  add(draft: Draft): void {
    if (!this.#reachable && draft.kind !== "label") return;
    const operation = {
      ...draft,
      cold: this.#cold,
      site: this.traced ? new Error() : undefined,
    } as Operation;
    this.#section.push(operation);
    if (operation.kind === "jump" || operation.kind === "branch") operation.label.references++;
    if (operation.kind === "jump" || operation.kind === "exit") this.#reachable = false;
  }

  /** Sets a label here. One that nobody jumped to yet needs `loop` to count as reachable. */
  place(label: Label, loop = false): void {
    if (label.references === 0 && !(loop && this.#reachable)) return;
    if (label.placed) throw new Error(`${this.name}: the label ${label.name} stands in two places`);
    label.placed = true;
    this.#reachable = true;
    this.add({ kind: "label", label });
  }

  jump(label: Label): void {
    this.add({ kind: "jump", label });
  }

  exit(value: Operand | undefined): void {
    this.add({ kind: "exit", value });
  }

  /** Runs `body` so that what it adds stands out of the way, at the function's end; it begins at `label`. */
  outOfTheWay(label: Label, body: () => void): void {
    if (label.references === 0) return;
    const before = { section: this.#section, cold: this.#cold, reachable: this.#reachable };
    this.#section = [];
    this.#sections.push(this.#section);
    this.#cold = true;
    this.place(label);
    body();
    if (this.#reachable) throw new Error(`${this.name}: what is out of the way must end by a jump`);
    this.#section = before.section;
    this.#cold = before.cold;
    this.#reachable = before.reachable;
  }
}

let current: FunctionBuilder | undefined;

/** The function that is being written. */
export function builder(): FunctionBuilder {
  if (!current) throw new Error("this makes instructions: call it while a program is being written");
  return current;
}

/** Runs `work` with `function_` as the one that is being written. */
export function writing<T>(function_: FunctionBuilder, work: () => T): T {
  const before = current;
  current = function_;
  try {
    return work();
  } finally {
    current = before;
  }
}
