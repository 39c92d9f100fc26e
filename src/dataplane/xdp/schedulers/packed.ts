import type { U32 } from "../../../asm/index.js";
import { word } from "./list.js";

/** Places in a list, packed into words of 32 bits, the first one lowest: with 8 bits four in a word, with 16 two. */
export function pack(places: ArrayLike<number>, bits: 8 | 16): Uint32Array {
  const each = 32 / bits;
  const words = new Uint32Array(Math.ceil(places.length / each));
  for (let i = 0; i < places.length; i++) {
    const at = (i / each) | 0;
    words[at] = words[at]! | (places[i]! << (bits * (i % each)));
  }
  return words;
}

/** In the packet program: the place at `index` of those that are packed from the word `first` on. */
export function packed(first: U32, index: U32, bits: 8 | 16): U32 {
  const each = 32 / bits;
  const shift = index.and(each - 1).shiftLeft(Math.log2(bits));
  return word(first.add(index.shiftRight(Math.log2(each))))
    .shiftRight(shift)
    .and(2 ** bits - 1);
}
