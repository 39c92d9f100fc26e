import { Found } from "./control.js";
import { builder } from "./function-builder.js";
import { callHelper, callHelper32 } from "./helper.js";
import type { Temporary } from "./operation.js";
import { type Shape, type Struct, struct } from "./struct.js";
import { callbackAddress, type Subprogram } from "./subprogram.js";
import { type FieldType, u32 } from "./types.js";
import type { U32 } from "./value.js";
import { ArrayView, type StructView, structView, type View } from "./view.js";

/** A map as a program refers to it: a name and the shape of its keys and values. It becomes a map of the kernel elsewhere. */
export interface MapDeclaration {
  readonly name: string;
  readonly type: "array" | "hash" | "lru_hash" | "percpu_array" | "prog_array" | "ring_buffer";
  readonly key: FieldType | undefined;
  readonly value: FieldType | undefined;
  readonly maxEntries: number;
  readonly flags: { readonly mmapable?: boolean; readonly noPrealloc?: boolean };
}

/** One struct that program and control plane share. Its address is part of the program: no look-up. */
export class SharedStruct<S extends Shape> implements MapDeclaration {
  readonly type = "array";
  readonly key = u32;
  readonly maxEntries = 1;
  readonly flags: { mmapable: boolean };

  constructor(
    readonly name: string,
    readonly value: Struct<S>,
    options: { mmapable?: boolean } = {},
  ) {
    this.flags = { mmapable: options.mmapable ?? true };
  }

  get here(): StructView<S> {
    return structView(this.value, direct(this), 0);
  }
}

/**
 * Many structs that program and control plane share, as one value of a map of one entry: to find one is an addition, where
 * a look-up costs a call's registers. `count` is a power of two; the verifier allows 2^29 bytes.
 */
export class SharedArray<S extends Shape> implements MapDeclaration {
  readonly type = "array";
  readonly key = u32;
  readonly value: FieldType;
  readonly maxEntries = 1;
  readonly flags = { mmapable: true };

  constructor(
    readonly name: string,
    readonly element: Struct<S>,
    readonly count: number,
  ) {
    if ((count & (count - 1)) !== 0) throw new RangeError(`${name}: ${count} is no power of two`);
    if (count * element.size > 2 ** 29)
      throw new RangeError(`${name}: ${count} × ${element.size} bytes are more than 2^29`);
    this.value = {
      name: `${element.name}[${count}]`,
      size: element.size * count,
      align: element.align,
      form: { kind: "array", element, count },
    };
  }

  /** The struct at an index, which is cut to the count. */
  at(index: number | U32): StructView<S> {
    return new ArrayView<StructView<S>>(direct(this), 0, this.element, this.count).at(index);
  }
}

/** A hash map. */
export class HashMap<K extends Shape, V extends Shape> implements MapDeclaration {
  readonly type: "hash" | "lru_hash" = "hash";

  constructor(
    readonly name: string,
    readonly key: Struct<K>,
    readonly value: Struct<V>,
    readonly maxEntries: number,
    readonly flags: { noPrealloc?: boolean } = {},
  ) {}

  /** What stands under a key, if anything does. */
  lookup(key: View): Found<V> {
    return new Found(this.value, callHelper("map_lookup_elem", reference(this), key));
  }

  /** Writes a value under a key; 0, or an error as a negative number. */
  update(key: View, value: View, mode: "any" | "new" | "existing" = "any"): U32 {
    return callHelper32(
      "map_update_elem",
      reference(this),
      key,
      value,
      { any: 0, new: 1, existing: 2 }[mode],
    );
  }

  delete(key: View): U32 {
    return callHelper32("map_delete_elem", reference(this), key);
  }

  /**
   * Calls `body` for each entry until it gives 1. Its parameters: the map and the key (both {@link context} if they don't
   * matter, the key else a pointer to its struct), a pointer to the value, and one to `context`, a struct on the stack.
   * It may delete the entry.
   */
  forEach(body: Subprogram, context: View): void {
    callHelper("for_each_map_elem", reference(this), callbackAddress(body), context, 0);
  }
}

/**
 * A hash map that is never full: what has not been used for long gives way to what is new. "Long" is roughly so; with many
 * CPUs some entries go before it is full, since each CPU keeps a few free ones for itself.
 */
export class LruHashMap<K extends Shape, V extends Shape> extends HashMap<K, V> {
  override readonly type = "lru_hash";

  constructor(name: string, key: Struct<K>, value: Struct<V>, maxEntries: number) {
    super(name, key, value, maxEntries);
  }
}

/** An array of which every CPU has its own: counters that nobody waits for. */
export class PerCpuArray<S extends Shape> implements MapDeclaration {
  readonly type = "percpu_array";
  readonly key = u32;
  readonly flags = {};

  constructor(
    readonly name: string,
    readonly value: Struct<S>,
    readonly maxEntries: number,
  ) {}

  /** This CPU's struct at an index; nothing beyond the end. */
  lookup(index: U32): Found<S> {
    return new Found(this.value, callHelper("map_lookup_elem", reference(this), IndexKey.local({ index })));
  }

  /** Another CPU's struct at an index (Linux 5.19); nothing beyond the end, and of a CPU that can't be. */
  lookupOf(index: U32, cpu: U32): Found<S> {
    const key = IndexKey.local({ index });
    return new Found(this.value, callHelper("map_lookup_percpu_elem", reference(this), key, cpu));
  }
}

/** An array of which the elements hold what only helpers touch (a timer), or that is too large to be shared as one value. */
export class LookupArray<S extends Shape> implements MapDeclaration {
  readonly type = "array";
  readonly key = u32;

  constructor(
    readonly name: string,
    readonly value: Struct<S>,
    readonly maxEntries: number,
    readonly flags: { mmapable?: boolean } = {},
  ) {}

  lookup(index: U32 | number): Found<S> {
    return new Found(this.value, callHelper("map_lookup_elem", reference(this), IndexKey.local({ index })));
  }
}

/** Programs to go on with: a tail call does not come back. */
export class ProgramArray implements MapDeclaration {
  readonly type = "prog_array";
  readonly key = u32;
  readonly value = u32;
  readonly flags = {};

  constructor(
    readonly name: string,
    readonly maxEntries: number,
  ) {}

  /** Goes on with the program at an index; comes back only if there is none. */
  tailCall(context: Temporary, index: number): void {
    callHelper("tail_call", context, reference(this), index);
  }
}

/** Records for the control plane, in order. */
export class RingBuffer implements MapDeclaration {
  readonly type = "ring_buffer";
  readonly key = undefined;
  readonly value = undefined;
  readonly flags = {};

  constructor(
    readonly name: string,
    /** Bytes: a power of two, a multiple of the page. */
    readonly maxEntries: number,
  ) {}

  /** Sends a copy; 0, or an error if it is full. */
  send(record: View, size: number | U32): U32 {
    return callHelper32("ringbuf_output", reference(this), record, size, 0);
  }
}

const IndexKey = struct("IndexKey", { index: u32 });

/** The map itself, as helpers take it. */
export function reference(map: MapDeclaration): Temporary {
  const to = builder().temporary(map.name);
  builder().add({ kind: "map", to, map });
  return to;
}

function direct(map: MapDeclaration): Temporary {
  const to = builder().temporary(map.name);
  builder().add({ kind: "map", to, map, valueOffset: 0 });
  return to;
}
