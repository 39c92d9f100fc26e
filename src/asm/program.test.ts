import assert from "node:assert/strict";
import { test } from "node:test";
import { interpret } from "../../test/support/interpreter.js";
import { runProgram } from "../../test/support/run-program.js";
import { FunctionBuilder } from "./function-builder.js";
import * as asm from "./index.js";

const Sum = asm.struct("Sum", {
  q: asm.u64,
  r: asm.u64,
  w: asm.u32,
  h: asm.u16,
  b: asm.u8,
  n: asm.be16,
  m: asm.be32,
});
const shared = new asm.SharedStruct("shared", Sum);

/** What a program stores in the shared struct. */
function stored(body: (here: asm.StructView<(typeof Sum)["shape"]>, packet: asm.Packet) => void) {
  const program = asm.xdp("stores", (packet) => {
    body(shared.here, packet);
    packet.pass();
  });
  return runProgram(program).valueOf(shared);
}

test("constants of all sizes arrive whole in fields of eight bytes", () => {
  for (const value of [
    0n,
    1n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x1_0000_0000n,
    0x8000_0000_0000_0000n,
    0xffff_ffff_8000_0000n,
    0xffff_ffff_ffff_ffffn,
  ])
    assert.equal(stored((here) => (here.q = asm.constant64(value))).q, value);
  assert.equal(stored((here) => here.set({ q: 0x1_2345_6789 })).q, 0x1_2345_6789n);
  assert.equal(stored((here) => here.set({ q: -1 })).q, 0xffff_ffff_ffff_ffffn);
  const small = stored((here) => here.set({ w: 0xffff_fffe, h: 0xfffd, b: 0xfc, n: 0x1234, m: 0x0102_0304 }));
  assert.deepEqual(
    [small.w, small.h, small.b, small.n, small.m],
    [0xffff_fffe, 0xfffd, 0xfc, 0x1234, 0x0102_0304],
  );
});

test("numbers of 32 bits have an empty upper half behind calls", () => {
  const all = asm.subprogram("all", [], asm.u32, () => 0xffff_ffff);
  const minus = asm.subprogram("minus", [], asm.u32, () => -1);
  const wide = asm.subprogram("wide", [], asm.u64, () => {
    asm.give(2 ** 40);
  });
  const cut = asm.subprogram("cut", [asm.u32, asm.u16], asm.u64, (a, b) => a.extended.add(b));
  const port = asm.subprogram("port", [asm.be16], asm.be16, (number) => number);
  const result = stored((here) => {
    here.q = all().extended.add(minus());
    here.r = wide().add(cut(here.q.add(asm.constant64(0x5_0000_0002n)), 0x1_0003));
    here.n = port(80);
  });
  assert.equal(result.q, 0x1_ffff_fffen);
  assert.equal(result.r, (1n << 40n) + ((0x1_ffff_fffen + 0x5_0000_0002n) & 0xffff_ffffn) + 3n);
  assert.equal(result.n, 80);
});

test("arguments change places on their way", () => {
  const digits = asm.subprogram("digits", [asm.u32, asm.u32, asm.u32, asm.u32, asm.u32], asm.u32, (...all) =>
    all.reduce((sum, digit) => sum.mul(10).add(digit), asm.constant32(0)),
  );
  const order = asm.subprogram(
    "order",
    [asm.u32, asm.u32, asm.u32, asm.u32, asm.u32],
    asm.u32,
    (a, b, c, d, e) => digits(b, a, d, e, c).add(digits(e, d, c, b, a).mul(100_000)),
  );
  assert.equal(
    runProgram(asm.xdp("swap", (packet) => packet.end(order(1, 2, 3, 4, 5)))).verdict,
    BigInt.asUintN(32, 5_432_121_453n),
  );
});

test("compare-and-swap takes what a call has just given", () => {
  const three = asm.subprogram("three", [], asm.u64, () => 3);
  const result = stored((here) => {
    here.r = here.atomic("q").compareAndSwap(0, three());
    here.r = here.r.mul(100).add(here.atomic("q").compareAndSwap(three(), 4)).mul(100);
    here.r = here.r.add(here.atomic("q").compareAndSwap(9, three()));
  });
  assert.deepEqual([result.q, result.r], [4n, 304n]);
});

test("what is known is decided while the program is made", () => {
  const { list } = asm
    .xdp("known", (packet) => {
      const two = asm.constant32(1).add(1).shiftLeft(32);
      asm.when(two.is(2).and(asm.constant64(-1n).signedBelow(0)), () => packet.drop());
      packet.pass();
    })
    .write();
  // Shifting by 32 is shifting by 0, as the machine does it.
  assert.deepEqual(
    asm
      .decode(asm.encode(list))
      .slice(-2)
      .map(({ opcode, imm }) => [opcode, imm]),
    [
      [0xb7, 1],
      [0x95, 0],
    ],
  );
});

test("division by nothing and shifts by too much mean what the machine means", () => {
  const result = stored((here, packet) => {
    const length = packet.length;
    here.q = length.div(0).add(length.mod(0)).extended.add(length.shiftLeft(33));
    here.r = length.extended.div(here.r).add(length.extended.mod(here.r));
  });
  assert.deepEqual([result.q, result.r], [192n, 64n]);
});

test("nothing is written where nothing can be reached", () => {
  const text = asm
    .xdp("ended", (packet) => {
      packet.pass();
      asm.loop(packet.length, 4, (index) => asm.when(index.is(2), () => packet.drop()));
      asm.unlikely(packet.length.is(3), () => packet.drop());
      packet.drop();
    })
    .write();
  const exits = text.list.findIndex(({ opcode }) => opcode === 0x95);
  assert.equal(exits, text.list.length - 1);
});

test("a program must end with a verdict, and a label stands in one place", () => {
  assert.throws(() => asm.xdp("open", () => {}).write(), /an end without a verdict/);
  const b = new FunctionBuilder("labels", false);
  const label = b.label("here");
  b.jump(label);
  b.place(label);
  b.jump(label);
  assert.throws(() => b.place(label), /stands in two places/);
});

test("elements far behind a pointer are reached", () => {
  const Far = asm.struct("Far", { many: asm.array(Sum, 4096), last: asm.u64 });
  const far = new asm.SharedStruct("far", Far);
  const program = asm.xdp("far", (packet) => {
    far.here.many.at(4000).q = asm.constant64(7);
    far.here.last = far.here.many.at(4000).q.add(1);
    far.here.atomic("last").add(1);
    packet.pass();
  });
  const value = runProgram(program).valueOf(far);
  assert.deepEqual([value.last, value.many[4000]!.q], [9n, 7n]);
});

test("too much stack is an error that names the function", () => {
  const Big = asm.struct("Big", { bytes: asm.array(asm.u64, 65) });
  const program = asm.xdp("deep", (packet) => {
    const big = Big.local({});
    packet.end(big.bytes.at(0).low);
  });
  assert.throws(() => program.write(), /deep needs 520 bytes of stack, and there are 512/);
});

test("the interpreter is strict: what was never written can't be read", () => {
  const text = asm.xdp("x", (packet) => packet.pass()).write();
  const list = [
    { opcode: 0xbf, dst: 0, src: 3, offset: 0, imm: 0 },
    { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0 },
  ];
  assert.throws(
    () => interpret({ ...text, list }, { packet: new Uint8Array(64), maps: new Map() }),
    /reads r3, which holds nothing/,
  );
});
