import type { Sample } from "./sample.js";

/** The variables of one scope. */
export interface Variables {
  get(name: string): Sample | undefined;
  set(name: string, value: Sample): void;
  unset(name: string): void;
  [Symbol.iterator](): Iterator<readonly [string, Sample]>;
}
