import assert from "node:assert/strict";
import * as asm from "../../src/asm/index.js";
import { testRun } from "../../src/bpf/index.js";
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
