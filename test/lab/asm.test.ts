import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as asm from "../../src/asm/index.js";
import { createMapsOf, loadWritten, testRun, VerifierError } from "../../src/bpf/index.js";
import { inKernel, loaded } from "../support/in-kernel.js";

const key0 = new Uint8Array(4);

inKernel(
  "type information: structs of all kinds, sub-programs, callbacks, a loop of the kernel",
  async () => {
    const Inner = asm.struct("Inner", { a: asm.u16, mac: asm.bytes(6), wide: asm.u64 });
    const Outer = asm.struct("Outer", {
      inner: Inner,
      many: asm.array(Inner, 4),
      name: asm.bytes(5),
      port: asm.be16,
      sum: asm.u64,
      calls: asm.u32,
    });
    const shared = new asm.SharedStruct("shared", Outer);
    const addTo = asm.subprogram("add_to", [asm.pointer(Outer), asm.u32], undefined, (outer, amount) => {
      outer.sum = outer.sum.add(amount);
    });
    const second = asm.subprogram("second", [asm.pointer(Outer)], asm.pointer(Inner), (outer) =>
      outer.many.at(1),
    );
    const Turn = asm.struct("Turn", { total: asm.u64 });
    const turn = asm.callback("turn", [asm.u32, asm.pointer(Turn)], (index, context) => {
      context.total = context.total.add(index);
      asm.when(index.is(9), () => asm.give(1));
    });
    const program = asm.xdp("types", (packet) => {
      const here = shared.here;
      addTo(here, 5);
      addTo(here, packet.length);
      const found = second(here).otherwise(() => packet.drop());
      found.a = found.a.add(7);
      const context = Turn.local({});
      const turns = asm.repeat(100, turn, context);
      here.calls = turns;
      here.sum = here.sum.add(context.total);
      packet.pass();
    });
    for (const traced of [false, true])
      await loaded(
        program,
        (kernel, maps) => {
          assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
          const value = Outer.over(maps["shared"]!.lookup(key0)!);
          assert.equal(value.sum, 5n + 64n + 45n);
          assert.equal(value.calls, 10);
          assert.equal(value.many[1]!.a, 7);
        },
        { traced },
      );
  },
);

inKernel("a timer goes off in a map whose value's type says that it holds one", async () => {
  const Clockwork = asm.struct("Clockwork", { ticks: asm.u64, timer: asm.timer, key: asm.u32 });
  const clocks = new asm.LookupArray("clocks", Clockwork, 1);
  const tick = asm.callback(
    "tick",
    [asm.context, asm.pointer(asm.struct("Key", { key: asm.u32 })), asm.pointer(Clockwork)],
    (_map, key, clock) => {
      clock.ticks = clock.ticks.add(1);
      clock.key = key.key.add(77);
    },
  );
  assert.equal(asm.holdsTimer(clocks), true);
  const program = asm.xdp("clock", (packet) => {
    const clock = clocks.lookup(0).otherwise(() => packet.drop());
    asm.callHelper("timer_init", clock.timer, asm.reference(clocks), 1);
    asm.callHelper("timer_set_callback", clock.timer, asm.callbackAddress(tick));
    asm.callHelper("timer_start", clock.timer, 1000, 0);
    packet.pass();
  });
  await loaded(program, async (kernel, maps) => {
    assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
    for (let i = 0; i < 200; i++) {
      const value = Clockwork.over(maps["clocks"]!.lookup(key0)!);
      if (value.ticks === 1n) return assert.equal(value.key, 77);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.fail("the timer did not go off within a second");
  });
});

inKernel("what the verifier refuses is explained by the line that made it, also in a sub-program", () => {
  const Value = asm.struct("Value", { sum: asm.u64 });
  const values = new asm.LookupArray("values", Value, 4);
  const careless = asm.subprogram("careless", [asm.u32], asm.u64, (index) => {
    const found = values.lookup(index).unchecked;
    return found.sum; // Here: nobody asked whether there is one.
  });
  const program = asm.xdp("refused", (packet) => {
    packet.end(careless(packet.length).low);
  });
  const maps = createMapsOf(program);
  try {
    let log: string | undefined;
    try {
      loadWritten(program, maps).close();
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      log = error.log;
    }
    assert.ok(log, "it must be refused");
    const text = program.write({ traced: true });
    const { reason, site, function: where } = asm.explain(log, text);
    assert.match(reason, /invalid mem access 'map_value_or_null'/);
    assert.equal(where, "careless");
    const source = readFileSync(site!.file, "utf8").split("\n")[site!.line - 1]!;
    if (site!.file.endsWith(".ts")) assert.match(source, /return found\.sum; \/\/ Here/);
    assert.ok(asm.withSources(log, text).includes(`-- ${asm.siteName(site!)}\n`));
  } finally {
    for (const map of Object.values(maps)) map.close();
  }
});

inKernel("an error of a helper is negative in 32 bits and small in 64", async () => {
  const Key = asm.struct("Key", { key: asm.u32 });
  const Value = asm.struct("Value", { status: asm.u64, negative: asm.u64 });
  const hash = new asm.HashMap("hash", Key, Value, 4);
  const shared = new asm.SharedStruct("shared", Value);
  const program = asm.xdp("twice", (packet) => {
    const key = Key.local({ key: 1 });
    asm.when(hash.update(key, Value.local({}), "new").isNot(0), () => packet.drop());
    const status = hash.update(key, Value.local({}), "new");
    shared.here.status = status.extended;
    asm.when(status.signedBelow(0), () => {
      shared.here.negative = asm.constant64(1);
    });
    packet.pass();
  });
  await loaded(program, (kernel, maps) => {
    assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
    const { status, negative } = Value.over(maps["shared"]!.lookup(key0)!);
    assert.deepEqual([status, negative], [BigInt.asUintN(32, -17n), 1n], "EEXIST");
  });
});

inKernel(
  "a global function takes the context, a struct of the stack and numbers, at both hooks",
  async () => {
    for (const hook of ["xdp", "tc"] as const) {
      const Question = asm.struct("Question", { a: asm.u64, b: asm.u32, answer: asm.u32 });
      const shared = new asm.SharedStruct("shared", Question);
      const ask = asm.globalSubprogram(
        "ask",
        [asm.context, asm.pointer(Question), asm.u32],
        asm.u32,
        (context, question, times) => {
          const packet = asm.Packet.of(hook, context);
          const ethernet = packet.header(asm.Ethernet, () => asm.give(1));
          question.answer = question.b.mul(times).add(ethernet.type.host);
          return 7;
        },
      );
      const program = asm.packetProgram("global", hook, (packet) => {
        const question = Question.local({ a: 1n, b: 3 });
        const first = ask(packet.context, question, 2);
        const second = ask(packet.context, question, packet.length);
        shared.here.set({ a: first.add(second).extended, answer: question.answer });
        packet.drop();
      });
      await loaded(program, (kernel, maps) => {
        const packet = new Uint8Array(64);
        packet.set([0x08, 0x00], 12);
        testRun(kernel, { packet });
        const value = Question.over(maps["shared"]!.lookup(key0)!);
        assert.deepEqual([value.a, value.answer], [14n, 3 * 64 + 0x800]);
      });
    }
  },
);

inKernel("the verifier knows of a global function's numbers that they have 32 bits", async () => {
  const Bytes = asm.struct("Bytes", { value: asm.bytes(64, 4), sum: asm.u64 });
  const shared = new asm.SharedStruct("shared", Bytes);
  const sumOf = asm.globalSubprogram("sum_of", [asm.u32], asm.u32, (count) => {
    asm.when(count.above(64), () => asm.give(0));
    return new asm.U32(asm.callHelper("csum_diff", 0, 0, shared.here, count, 0));
  });
  const program = asm.xdp("sum", (packet) => {
    shared.here.value.copy(new Uint8Array(64).fill(1));
    shared.here.sum = sumOf(packet.length.shiftRight(2)).extended;
    packet.drop();
  });
  await loaded(program, (kernel, maps) => {
    testRun(kernel, { packet: new Uint8Array(64) });
    const { sum } = Bytes.over(maps["shared"]!.lookup(key0)!);
    assert.equal((sum & 0xffffn) + (sum >> 16n), 0x0808n, "of sixteen bytes; newer kernels fold it");
  });
});

inKernel("an LRU hash map takes more than it has room for; what was used stays", async () => {
  const Key = asm.struct("Key", { key: asm.u32 });
  const Value = asm.struct("Value", { number: asm.u64 });
  const lru = new asm.LruHashMap("lru", Key, Value, 256);
  const shared = new asm.SharedStruct("shared", Value);
  const program = asm.xdp("lru", (packet) => {
    // The first one is looked for again and again, the second one never.
    asm.loop(asm.constant32(2000), 2000, (turn) => {
      lru.lookup(Key.local({ key: 0 })).whenFound(() => {});
      const status = lru.update(Key.local({ key: turn }), Value.local({ number: turn.extended }), "new");
      asm.when(status.isNot(0), () => packet.drop());
    });
    const first = lru.lookup(Key.local({ key: 0 })).otherwise(() => packet.drop());
    lru.lookup(Key.local({ key: 1 })).whenFound(() => packet.drop());
    const last = lru.lookup(Key.local({ key: 1999 })).otherwise(() => packet.drop());
    shared.here.number = first.number.add(last.number);
    packet.pass();
  });
  await loaded(program, (kernel, maps) => {
    assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
    assert.equal(Value.over(maps["shared"]!.lookup(key0)!).number, 1999n);
    assert.ok([...maps["lru"]!.keys()].length <= 256);
  });
});

inKernel("each entry of a hash map is looked at, and may be taken out", async () => {
  const Key = asm.struct("Key", { key: asm.u32 });
  const Value = asm.struct("Value", { number: asm.u64 });
  const Sum = asm.struct("Sum", { total: asm.u64 });
  const hash = new asm.HashMap("hash", Key, Value, 16);
  const shared = new asm.SharedStruct("shared", Value);
  const takeOdd = asm.callback(
    "take_odd",
    [asm.context, asm.pointer(Key), asm.pointer(Value), asm.pointer(Sum)],
    (_map, key, value, sum) => {
      sum.total = sum.total.add(value.number);
      asm.when(key.key.and(1).is(1), () => {
        hash.delete(key);
      });
      return 0;
    },
  );
  const program = asm.xdp("each", (packet) => {
    const sum = Sum.local({});
    hash.forEach(takeOdd, sum);
    shared.here.number = sum.total;
    packet.pass();
  });
  await loaded(program, (kernel, maps) => {
    for (let key = 0; key < 10; key++)
      maps["hash"]!.update(Key.encode({ key }), Value.encode({ number: BigInt(10 ** key) }));
    assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
    assert.equal(Value.over(maps["shared"]!.lookup(key0)!).number, 1_111_111_111n);
    const left = [...maps["hash"]!.keys()].map((key) => Key.over(key).key);
    assert.deepEqual(left.sort(), [0, 2, 4, 6, 8]);
  });
});

inKernel("a loop's callback finds what a pointer on the stack points to", async () => {
  const Numbers = asm.struct("Numbers", { values: asm.array(asm.u32, 8), sum: asm.u32 });
  const Walk = asm.struct("Walk", { numbers: asm.u64, sum: asm.u64 });
  const map = new asm.LookupArray("numbers", Numbers, 1, { mmapable: true });
  const add = asm.callback("add", [asm.u32, asm.pointer(Walk)], (turn, walk) => {
    const numbers = asm.viewAt(Numbers, walk.numbers);
    walk.sum = walk.sum.add(numbers.values.at(turn));
    numbers.values.put(turn, turn);
    return 0;
  });
  const program = asm.xdp("pointed", (packet) => {
    const numbers = map.lookup(0).otherwise(() => packet.drop());
    const walk = Walk.local({ numbers: new asm.U64(numbers.asPointer) });
    asm.repeat(8, add, walk);
    numbers.sum = walk.sum.low;
    packet.pass();
  });
  await loaded(program, (kernel, maps) => {
    maps["numbers"]!.update(key0, Numbers.encode({ values: [1, 2, 3, 4, 5, 6, 7, 8] }));
    assert.equal(testRun(kernel, { packet: new Uint8Array(64) }).verdict, 2);
    const { values, sum } = Numbers.over(maps["numbers"]!.lookup(key0)!);
    assert.deepEqual([sum, values], [36, [0, 1, 2, 3, 4, 5, 6, 7]]);
  });
});
