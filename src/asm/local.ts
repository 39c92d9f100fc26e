import { builder } from "./function-builder.js";
import type { Size } from "./instruction.js";
import type { Shape, Struct } from "./struct.js";
import { type Inputs, type StructView, structView } from "./view.js";

/**
 * A struct on the stack. The verifier wants every byte written that a helper may read, so all that no value covers is set
 * to zero first: padding too, since it counts when keys are compared.
 */
export function localView<S extends Shape>(struct: Struct<S>, values: Inputs<S>): StructView<S> {
  const size = Math.ceil(struct.size / 8) * 8;
  const slot = builder().slot(size, struct.name);
  const covered = new Uint8Array(size);
  for (const name of Object.keys(values)) {
    const field = struct.fields.get(name);
    if (field) covered.fill(1, field.offset, field.offset + field.type.size);
  }
  for (let word = 0; word < size; word += 8) {
    for (const { at, size } of gaps(covered.subarray(word, word + 8)))
      builder().add({ kind: "store", at: slot, offset: word + at, size, value: 0 });
  }
  const view = structView(struct, slot, 0);
  view.set(values);
  return view;
}

/** The fewest aligned stores of zero that leave no uncovered byte of a word: they may overwrite what is set afterwards. */
function gaps(word: Uint8Array): { at: number; size: Size }[] {
  if (!word.includes(0)) return [];
  if (!word.subarray(0, 4).includes(0)) return narrow(word, 4);
  if (!word.subarray(4, 8).includes(0)) return narrow(word, 0);
  return [{ at: 0, size: 8 }];
}

function narrow(word: Uint8Array, at: number): { at: number; size: Size }[] {
  const half = word.subarray(at, at + 4);
  if (!half.subarray(0, 2).includes(0)) return [{ at: at + 2, size: 2 }];
  if (!half.subarray(2, 4).includes(0)) return [{ at, size: 2 }];
  return [{ at, size: 4 }];
}
