import {
  type BpfMap,
  type BpfProgram,
  createMap,
  loadWritten,
  mapSpecOf,
  testRun,
} from "../src/bpf/index.js";
import { RondoError } from "../src/errors.js";
import type { MappedMemory } from "../src/sys/index.js";
import { nothing, target, Walk, walk, wrapper } from "./wrapper.js";

/** Which flows the packets of a run belong to: one of so many, or (from a number on) each its own. */
export type Flows = { readonly among: number } | { readonly from: number };

/** Runs programs on made packets, in the kernel and without a device, and takes the time. */
export class Meter {
  readonly #maps: Readonly<Record<string, BpfMap>>;
  readonly #walk: MappedMemory;
  readonly #wrapper: BpfProgram;
  /** What the wrapper alone costs is what this one is measured at. */
  readonly nothing: BpfProgram;

  constructor() {
    this.#maps = Object.fromEntries([walk, target].map((map) => [map.name, createMap(mapSpecOf(map))]));
    this.#walk = this.#maps["walk"]!.memory({ write: true });
    this.#wrapper = loadWritten(wrapper, this.#maps);
    this.nothing = loadWritten(nothing, this.#maps);
  }

  /** Nanoseconds per packet, the wrapper's share included. The last packet must end with this verdict. */
  run(program: BpfProgram, packet: Uint8Array, flows: Flows, repeat: number, verdict: number): number {
    const key = Buffer.alloc(4);
    const value = Buffer.alloc(4);
    value.writeUInt32LE(program.fd);
    this.#maps["target"]!.update(key, value);
    const state = Walk.over(this.#walk.bytes);
    if ("among" in flows) {
      state.flows = flows.among;
      state.unique = 0;
    } else {
      state.unique = 1;
      state.counter = BigInt(flows.from);
    }
    const result = testRun(this.#wrapper, { packet, repeat });
    if (result.verdict !== verdict)
      throw new RondoError("bench-verdict", `a program ended with verdict ${result.verdict}, not ${verdict}`);
    return result.duration;
  }

  /** Bytes of the wrapper's machine code. */
  get wrapperSize(): number {
    return this.#wrapper.info().jitedLength;
  }

  close(): void {
    this.#walk.unmap();
    for (const one of [this.#wrapper, this.nothing, ...Object.values(this.#maps)]) one.close();
  }
}
