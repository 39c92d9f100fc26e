import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as asm from "../../src/asm/index.js";
import * as bpf from "../../src/bpf/index.js";
import { isRoot } from "../../src/sys/index.js";

const Counter = asm.struct("Counter", { packets: asm.u64, bytes: asm.u64 });

function closing(t: TestContext, maps: Record<string, bpf.BpfMap>): Record<string, bpf.BpfMap> {
  t.after(() => {
    for (const map of Object.values(maps)) map.close();
  });
  return maps;
}

for (const hook of ["xdp", "tc"] as const)
  test(`${hook}: a program written with asm runs with the maps it declares`, (t) => {
    if (!isRoot()) return t.skip("needs root");
    const shared = new asm.SharedStruct("shared", Counter);
    const body = (packet: asm.Packet) => {
      const here = shared.here;
      here.packets = here.packets.add(1);
      here.bytes = here.bytes.add(packet.length);
      packet.pass();
    };
    const program = hook === "xdp" ? asm.xdp("count", body) : asm.tc("count", body);
    const maps = closing(t, bpf.createMapsOf(program));
    const loaded = bpf.loadWritten(program, maps);
    t.after(() => loaded.close());
    for (let i = 0; i < 3; i++) bpf.testRun(loaded, { packet: new Uint8Array(100) });
    const memory = maps["shared"]!.memory();
    const counter = Counter.over(memory.bytes.subarray(0, Counter.size));
    assert.equal(counter.packets, 3n);
    assert.equal(counter.bytes, 300n);
    memory.unmap();
  });

test("a program is given bytes when it is loaded: the same image serves all", (t) => {
  if (!isRoot()) return t.skip("needs root");
  const given = new asm.Given("address", 6);
  const Header = asm.struct("Header", { address: asm.bytes(6), number: asm.u64 });
  const program = asm.xdp("told", (packet) => {
    const header = packet.header(Header);
    asm.unless(header.address.is(given), () => packet.drop());
    header.number = header.number.xor(given.number(1, 4));
    packet.pass();
  });
  const image = bpf.imageOf(program);
  const packet = (address: readonly number[], number: bigint) => {
    const bytes = new Uint8Array(64);
    bytes.set(Header.encode({ address: Uint8Array.from(address), number }));
    return bytes;
  };
  for (const address of [
    [2, 0, 0, 0, 0, 255],
    [1, 0x82, 0x83, 0x84, 0x85, 6],
  ]) {
    const loaded = bpf.loadProgram(image, {}, { address: Uint8Array.from(address) });
    t.after(() => loaded.close());
    const mine = bpf.testRun(loaded, { packet: packet(address, 1n << 40n) });
    assert.equal(mine.verdict, 2);
    const bits = address.slice(1, 5).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    assert.equal(Header.over(mine.packet).number, bits ^ (1n << 40n));
    assert.equal(bpf.testRun(loaded, { packet: packet([...address.slice(0, 5), 7], 0n) }).verdict, 1);
  }
  const refused = { code: "missing-bytes", message: 'program "told" needs 4 bytes "address"' };
  assert.throws(() => bpf.loadProgram(image, {}, {}), refused);
  assert.throws(() => bpf.loadProgram(image, {}, { address: new Uint8Array(3) }), refused);
});

test("what the verifier refuses is shown with its line of TypeScript", (t) => {
  if (!isRoot()) return t.skip("needs root");
  const counters = new asm.PerCpuArray("counters", Counter, 1);
  const program = asm.xdp("forgetful", (packet) => {
    asm.callHelper("redirect", 1); // without its second argument: that register was never written
    counters.lookup(asm.constant32(0)).otherwise(() => packet.drop());
    packet.pass();
  });
  const maps = closing(t, bpf.createMapsOf(program));
  assert.throws(
    () => bpf.loadWritten(program, maps),
    (error) => {
      assert.ok(error instanceof bpf.VerifierError, String(error));
      assert.match(error.message, /R2 !read_ok/);
      assert.match(error.log, /bpf-written\.test/);
      return true;
    },
  );
});

test("a map whose values hold a timer gets its types", (t) => {
  if (!isRoot()) return t.skip("needs root");
  const Clock = asm.struct("Clock", { ticks: asm.u64, timer: asm.timer });
  const spec = bpf.mapSpecOf(new asm.LookupArray("clocks", Clock, 1));
  assert.ok(spec.btf);
  const map = bpf.createMap(spec);
  assert.equal(map.spec.valueSize, 24);
  map.close();
});
