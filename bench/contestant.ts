import type { BpfProgram } from "../src/bpf/index.js";
import type { Connections } from "./connections.js";

/** A program that is measured. */
export interface Contestant {
  readonly name: string;
  readonly program: BpfProgram;
  /** How it ends a packet that it forwards. */
  readonly verdict: number;
  /** Whether it makes connections, so that it can be measured with nothing but new ones. */
  readonly creates: boolean;
  readonly connections: Connections;
}

/** Contestants that belong together, and what they hold in the kernel. */
export interface Team {
  readonly contestants: readonly Contestant[];
  close(): void;
}
