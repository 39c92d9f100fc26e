import type { Wire } from "./wire.js";

let corked: Wire[] = [];
let spare: Wire[] = [];
let scheduled = false;
let loop: { readonly busy: boolean } | undefined;

/** `flushWires` is called by this loop at the end of each event's work. */
export function flushedBy(by: { readonly busy: boolean }): void {
  loop = by;
}

/** What is written to the wire until this event's work is done goes together. */
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
  for (const wire of wires) wire.uncork();
  wires.length = 0;
  spare = wires;
}
