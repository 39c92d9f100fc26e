import * as asm from "../../src/asm/index.js";
import {
  Cell,
  type Executor,
  type RandomProgram,
  type Statement,
  tableSize,
  Walk,
} from "./random-program.js";

type Value = asm.U32 | asm.U64;
type Place = asm.StructView<(typeof Cell)["shape"]>;

export interface WrittenProgram {
  readonly program: asm.Program;
  readonly shared: asm.SharedStruct<(typeof Cell)["shape"]>;
  readonly table: asm.LookupArray<(typeof Cell)["shape"]>;
}

/** Writes a random program with src/asm. */
export function written(random: RandomProgram): WrittenProgram {
  const shared = new asm.SharedStruct("shared", Cell);
  const table = new asm.LookupArray("table", Cell, tableSize);
  const wide = (value: Value): asm.U64 => (value instanceof asm.U64 ? value : value.extended);
  const narrow = (value: Value): asm.U32 => (value instanceof asm.U32 ? value : value.low);

  // An index that is known has to be right; one that comes with the packet is cut.
  const inArray = (value: Value) => (typeof value.source === "bigint" ? narrow(value).and(3) : narrow(value));

  const functions = random.functions.map(({ parameters, wide: wideResult, body }, self) =>
    asm.subprogram(
      `function${self}`,
      [asm.pointer(Cell), ...parameters.map((wide) => (wide ? asm.u64 : asm.u32))],
      wideResult ? asm.u64 : asm.u32,
      ((place: Place, ...args: Value[]) => {
        const digest = walk.function(body, args, [place, shared.here], self);
        return wideResult ? digest : narrow(digest);
      }) as never,
    ),
  );
  const callbacks = random.callbacks.map((body: Statement[], index) =>
    asm.callback(`callback${index}`, [asm.u32, asm.pointer(Cell)], (turn, place) => {
      const ended = (value: Value) => narrow(value).and(1);
      return ended(walk.function(body, [turn], [place, shared.here], random.functions.length));
    }),
  );

  const executor: Executor<Value, asm.Condition, Place> = {
    constant: (value, isWide) => (isWide ? asm.constant64(value) : asm.constant32(Number(value))),
    isWide: (value) => value instanceof asm.U64,
    low: narrow,
    extended: wide,
    binary: (op, left, right) => (left as asm.U64)[op](right as asm.U64),
    swap: (value, bits) => (bits === 16 ? narrow(value).toBe16.raw : narrow(value).toBe32.raw),
    compare: (name, left, right) => (left as asm.U64)[name](right as asm.U64),
    not: (condition) => condition.not,
    both: (kind, left, right) => left[kind](right),
    sameMac: (left, right) => left.mac.is(right.mac),
    branch(form, condition, then, otherwise) {
      if (form === "when") asm.when(condition, then, otherwise);
      else if (form === "unless") asm.unless(condition, then);
      else asm.unlikely(condition, then);
    },
    block: asm.block,
    loop: (count, limit, body) => asm.loop(narrow(count), limit, body),
    choose: (value, cases, otherwise) => asm.choose(narrow(value), new Map(cases.entries()), otherwise),
    variable(initial) {
      const variable = asm.variable(initial);
      return { get: () => variable.value, set: (value) => variable.set(value) };
    },
    load(place, field) {
      const value = place[field];
      return value instanceof asm.Be16 || value instanceof asm.Be32 ? value.host : value;
    },
    store(place, field, value) {
      if (field === "n16") place.n16 = narrow(value).toBe16;
      else if (field === "n32") place.n32 = narrow(value).toBe32;
      else if (field === "q0" || field === "q1") place[field] = wide(value);
      else place[field] = narrow(value);
    },
    element: (place, index) => place.many.at(inArray(index)),
    setElement: (place, index, value) => place.many.put(inArray(index), narrow(value)),
    copyMac: (to, from) => to.mac.copy(from.mac),
    atomic(name, place, field, value, expected) {
      const cell = place.atomic(field) as asm.AtomicPlace<asm.U64>;
      if (name === "compareAndSwap") return cell.compareAndSwap(expected, value);
      return cell[name](value) ?? undefined;
    },
    lookup: (index, missing) => table.lookup(narrow(index)).otherwise(() => missing),
    call: (target, place, args) => functions[target]!(place, ...args) as Value,
    repeat: (target, count, place) => asm.repeat(count, callbacks[target]!, place),
    end: (value, self) => {
      // What a callback of bpf_loop gives is 0 or 1.
      if (self >= random.functions.length) asm.give(narrow(value).and(1));
      else if (self >= 0 && !random.functions[self]!.wide) asm.give(narrow(value));
      else asm.give(value);
    },
  };
  const walk = new Walk(random, executor);
  const program = asm.xdp("random", (packet) => {
    const cell = packet.header(Cell);
    const local = Cell.local({ q0: 3n, w1: 9, mac: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    packet.end(narrow(walk.function(random.main, [], [shared.here, local, cell], -1)));
  });
  return { program, shared, table };
}
