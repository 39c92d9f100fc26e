import type { PlainStruct } from "../../src/asm/index.js";
import { Cell, type Executor, type RandomProgram, tableSize, Walk } from "./random-program.js";

type Value = { readonly wide: boolean; readonly bits: bigint };
type Place = PlainStruct<(typeof Cell)["shape"]>;

export interface Memory {
  readonly packet: Uint8Array;
  readonly shared: Uint8Array;
  readonly table: Uint8Array;
}

/** It has run for longer than a test has time. */
export class TooLong extends Error {}
class Ended {
  constructor(readonly value: Value) {}
}
class Left {
  constructor(readonly block: object) {}
}

/** Computes what a random program gives, directly. */
export function evaluate(program: RandomProgram, memory: Memory): bigint {
  const shared = Cell.over(memory.shared);
  let steps = 0;
  const make = (bits: bigint, wide: boolean): Value => {
    if (++steps > 20_000) throw new TooLong();
    return { wide, bits: BigInt.asUintN(wide ? 64 : 32, bits) };
  };
  const fieldsOf = (place: Place) => place as unknown as Record<string, number | bigint>;
  const read = (place: Place, field: string): Value => {
    const value = fieldsOf(place)[field]!;
    return make(BigInt(value), typeof value === "bigint");
  };
  const write = (place: Place, field: string, { bits }: Value) => {
    fieldsOf(place)[field] = field.startsWith("q") ? bits : Number(BigInt.asUintN(32, bits));
  };
  const signed = ({ bits, wide }: Value) => BigInt.asIntN(wide ? 64 : 32, bits);
  const catching = (block: object, work: () => void): boolean => {
    try {
      work();
      return false;
    } catch (thrown) {
      if (thrown instanceof Left && thrown.block === block) return true;
      throw thrown;
    }
  };
  const leaving = (block: object) => () => {
    throw new Left(block);
  };
  const ending = (work: () => Value): Value => {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof Ended) return thrown.value;
      throw thrown;
    }
  };

  const executor: Executor<Value, boolean, Place> = {
    constant: make,
    isWide: ({ wide }) => wide,
    low: ({ bits }) => make(bits, false),
    extended: ({ bits }) => make(bits, true),
    binary(op, { bits: l, wide }, { bits: r }) {
      const shift = r & (wide ? 63n : 31n);
      const results = {
        add: () => l + r,
        sub: () => l - r,
        mul: () => l * r,
        div: () => (r === 0n ? 0n : l / r),
        mod: () => (r === 0n ? l : l % r),
        and: () => l & r,
        or: () => l | r,
        xor: () => l ^ r,
        shiftLeft: () => l << shift,
        shiftRight: () => l >> shift,
      };
      return make(results[op](), wide);
    },
    swap({ bits }, size) {
      const bytes = Array.from({ length: size / 8 }, (_, i) => (bits >> BigInt(8 * i)) & 255n);
      return make(
        bytes.reduce((sum, byte) => (sum << 8n) | byte, 0n),
        false,
      );
    },
    compare(name, left, right) {
      const [l, r] = [left.bits, right.bits];
      return {
        is: l === r,
        isNot: l !== r,
        above: l > r,
        atLeast: l >= r,
        below: l < r,
        atMost: l <= r,
        signedBelow: signed(left) < signed(right),
        signedAtLeast: signed(left) >= signed(right),
        hasAny: (l & r) !== 0n,
      }[name];
    },
    not: (condition) => !condition,
    both: (kind, left, right) => (kind === "and" ? left && right : left || right),
    sameMac: (left, right) => left.mac.every((byte, i) => byte === right.mac[i]),
    branch(form, condition, then, otherwise) {
      if (condition !== (form === "unless")) then();
      else if (form === "when") otherwise();
    },
    block(body) {
      const self = {};
      catching(self, () => body(leaving(self)));
    },
    loop(count, limit, body) {
      const self = {};
      for (let i = 0n; i < count.bits && i < limit; i++)
        if (catching(self, () => body(make(i, false), leaving(self)))) return;
    },
    choose(value, cases, otherwise) {
      (cases[Number(value.bits)] ?? otherwise)();
    },
    variable(initial) {
      let now = initial;
      return {
        get: () => now,
        set(value) {
          now = value;
        },
      };
    },
    load: read,
    store: write,
    element: (place, index) => make(BigInt(place.many[Number(index.bits & 3n)]!), false),
    setElement(place, index, value) {
      const many = [...place.many];
      many[Number(index.bits & 3n)] = Number(value.bits);
      place.many = many;
    },
    copyMac(to, from) {
      to.mac = Uint8Array.from(from.mac);
    },
    atomic(name, place, field, value, expected) {
      const old = read(place, field);
      const results = {
        add: old.bits + value.bits,
        fetchAdd: old.bits + value.bits,
        or: old.bits | value.bits,
        and: old.bits & value.bits,
        exchange: value.bits,
        compareAndSwap: old.bits === expected.bits ? value.bits : old.bits,
      };
      write(place, field, make(results[name], old.wide));
      return ["add", "or", "and"].includes(name) ? undefined : old;
    },
    lookup(index, missing) {
      if (index.bits >= tableSize) return missing;
      return Cell.over(memory.table, Number(index.bits) * Cell.size);
    },
    call(target, place, args) {
      const { body, wide } = program.functions[target]!;
      const result = ending(() => walk.function(body, args, [place, shared], target));
      return make(result.bits, wide);
    },
    repeat(target, count, place) {
      for (let i = 0; i < count; i++) {
        const body = program.callbacks[target]!;
        const values = [make(BigInt(i), false)];
        const result = ending(() => walk.function(body, values, [place, shared], program.functions.length));
        if (result.bits & 1n) return make(BigInt(i + 1), false);
      }
      return make(BigInt(count), false);
    },
    end(value) {
      throw new Ended(value);
    },
  };
  const walk = new Walk(program, executor);
  const local = Cell.over(Cell.encode({ q0: 3n, w1: 9, mac: Uint8Array.of(1, 2, 3, 4, 5, 6) }));
  const packet = Cell.over(memory.packet);
  const result = ending(() => walk.function(program.main, [], [shared, local, packet], -1));
  return BigInt.asUintN(32, result.bits);
}
