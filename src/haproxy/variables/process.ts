import type { Sample } from "../run/index.js";
import { ScopeVariables } from "./variables.js";

/** A change of the process' variables that other threads make too; without a value it was unset. */
export interface VariableChange {
  readonly name: string;
  readonly value: Sample | undefined;
}

/** The variables of the process: each thread has its own copy, and tells the others what it changes. */
export class ProcessVariables extends ScopeVariables {
  /** Called for each change made here; who distributes gives it to `apply` in the other threads. */
  onChange: (change: VariableChange) => void = () => {};

  override set(name: string, value: Sample): void {
    super.set(name, value);
    this.onChange({ name, value });
  }

  override unset(name: string): void {
    super.unset(name);
    this.onChange({ name, value: undefined });
  }

  apply({ name, value }: VariableChange): void {
    if (value === undefined) super.unset(name);
    // Between threads a Buffer becomes a Uint8Array.
    else super.set(name, value.type === "bin" ? { type: "bin", value: Buffer.from(value.value) } : value);
  }
}
