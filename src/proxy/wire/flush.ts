import type { WriteBatch } from "../../sys/index.js";
import type { Wire } from "./wire.js";

/** A wire that can have what it held back written together with that of others. */
interface BatchedWire extends Wire {
  uncorkInto(batch: WriteBatch): boolean;
  batched(batch: WriteBatch, at: number): void;
}

let corked: Wire[] = [];
let spare: Wire[] = [];
let scheduled = false;
let loop: { readonly busy: boolean } | undefined;
let batch: WriteBatch | undefined;

/** `flushWires` is called by this loop at the end of a batch of events' work; `one` writes to many wires at once, where that can be. */
export function flushedBy(by: { readonly busy: boolean }, one: WriteBatch | undefined): void {
  loop = by;
  batch = one;
}

/** What is written to the wire until the work of this batch of events is done goes together, and with that of others. */
export function corkUntilFlush(wire: Wire): void {
  wire.cork();
  corked.push(wire);
  if (scheduled || loop?.busy) return;
  scheduled = true;
  queueMicrotask(flushWires);
}

/** Sends what `corkUntilFlush` held back. */
export function flushWires(): void {
  scheduled = false;
  if (corked.length === 0) return;
  const wires = corked;
  corked = spare;
  spare = [];
  if (batch === undefined || wires.length === 1) for (const wire of wires) wire.uncork();
  else flushTogether(wires, batch);
  wires.length = 0;
  spare = wires;
}

/** Those that have a text in the batch, in its order. */
const together: BatchedWire[] = [];

function flushTogether(wires: readonly Wire[], by: WriteBatch): void {
  for (const wire of wires) {
    if (!isBatched(wire)) wire.uncork();
    else if (wire.uncorkInto(by) && together.push(wire) === by.most) writeTogether(by);
  }
  if (together.length > 0) writeTogether(by);
}

function writeTogether(by: WriteBatch): void {
  by.submit();
  for (let at = 0; at < together.length; at++) (together[at] as BatchedWire).batched(by, at);
  together.length = 0;
}

function isBatched(wire: Wire): wire is BatchedWire {
  return "uncorkInto" in wire;
}
