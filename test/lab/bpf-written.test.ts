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
