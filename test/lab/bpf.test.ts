import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as bpf from "../../src/bpf/index.js";
import * as sys from "../../src/sys/index.js";
import {
  add,
  atomicAdd64,
  call,
  copy,
  exit,
  jumpIfEqual,
  load32,
  mapLoad,
  move,
  store32,
  u32,
  u64,
} from "./instructions.js";

const index = new URL("../../src/bpf/index.js", import.meta.url).href;
const packet = new Uint8Array(64);

function asRoot(name: string, work: (t: TestContext) => void | Promise<void>): void {
  test(name, (t) => (sys.isRoot() ? work(t) : t.skip("needs root")));
}

function image(name: string, code: Buffer[], more: Partial<bpf.ProgramImage> = {}): bpf.ProgramImage {
  return {
    name,
    kind: "xdp",
    instructions: Buffer.concat(code),
    mapReferences: [],
    license: "Dual MIT/GPL",
    ...more,
  };
}

/** Gives a map that is closed when the test ends. */
function makeMap(t: TestContext, spec: bpf.MapSpec): bpf.BpfMap {
  const map = bpf.createMap(spec);
  t.after(() => map.close());
  return map;
}

function load(
  t: TestContext,
  program: bpf.ProgramImage,
  maps: Record<string, bpf.BpfMap> = {},
): bpf.BpfProgram {
  const loaded = bpf.loadProgram(program, maps);
  t.after(() => loaded.close());
  return loaded;
}

const hash: bpf.MapSpec = { name: "services", type: "hash", keySize: 4, valueSize: 8, maxEntries: 5000 };

asRoot("a hash: update, look-up, delete, and every entry, in batches", (t) => {
  const map = makeMap(t, hash);
  assert.deepEqual(map.spec, { ...hash, flags: {} });
  assert.ok(map.id > 0);
  assert.equal(map.lookup(u32(1)), undefined);
  assert.equal(map.update(u32(1), u64(10), "existing"), false);
  assert.equal(map.update(u32(1), u64(11), "new"), true);
  assert.equal(map.update(u32(1), u64(12), "new"), false);
  assert.deepEqual(Buffer.from(map.lookup(u32(1))!), u64(11));
  const into = Buffer.alloc(8);
  assert.equal(map.lookup(u32(1), into), into);
  assert.deepEqual(into, u64(11));
  assert.equal(map.delete(u32(1)), true);
  assert.equal(map.delete(u32(1)), false);

  for (let i = 0; i < 5000; i++) map.update(u32(i), u64(i * 3));
  const seen = new Map<number, bigint>();
  for (const [key, value] of map.entries())
    seen.set(Buffer.from(key).readUInt32LE(), Buffer.from(value).readBigUInt64LE());
  assert.equal(seen.size, 5000);
  for (const [key, value] of seen) assert.equal(value, BigInt(key * 3));
  assert.equal([...map.keys()].length, 5000);
  assert.throws(() => map.update(u32(5000), u64(0)), { errnoName: "E2BIG", message: /map "services"/ });

  assert.throws(() => map.lookup(u64(0)), { code: "key-size", message: /4 bytes, not 8/ });
  assert.throws(() => map.update(u32(0), u32(0)), { code: "value-size" });
  assert.throws(() => map.memory(), { code: "map-type" });
  assert.throws(() => map.lookupPerCpu(u32(0)), { code: "map-type" });
});

asRoot("an empty map, and one without batches, list what they have", (t) => {
  const empty = makeMap(t, hash);
  assert.deepEqual([...empty.entries()], []);
  const devices = makeMap(t, {
    name: "devices",
    type: "devmap_hash",
    keySize: 4,
    valueSize: 4,
    maxEntries: 8,
  });
  assert.deepEqual([...devices.entries()], []);
  devices.update(u32(7), u32(1)); // the loopback device as a value only: nothing is sent there
  assert.deepEqual(
    [...devices.keys()].map((key) => Buffer.from(key)),
    [u32(7)],
  );
});

asRoot("what is wrong with a map is said with its name", () => {
  assert.throws(() => bpf.createMap({ ...hash, keySize: 0 }), {
    message: 'bpf(BPF_MAP_CREATE) of map "services": EINVAL: Invalid argument',
  });
  const map = bpf.createMap(hash);
  map.close();
  map.close();
  assert.throws(() => map.lookup(u32(0)), { code: "closed" });
});

asRoot("an mmapable array is read and written as memory, elements at multiples of eight", (t) => {
  const map = makeMap(t, {
    name: "table",
    type: "array",
    keySize: 4,
    valueSize: 12,
    maxEntries: 1000,
    flags: { mmapable: true },
  });
  assert.equal(map.elementSize, 16);
  const memory = map.memory({ write: true });
  assert.equal(memory.length, 16384);
  map.update(u32(3), Buffer.from("abcdefghijkl"));
  assert.equal(memory.bytes.toString("latin1", 48, 60), "abcdefghijkl");
  memory.bytes.write("Z", 48);
  assert.equal(Buffer.from(map.lookup(u32(3))!).toString(), "Zbcdefghijkl");
  assert.equal([...map.entries()].length, 1000);
  memory.unmap();
});

/** r0 = lookup(map, key on the stack); if it is there, adds r6 to its u64. Then goes on with `rest`. */
function countIn(key: number, amount: number, rest: Buffer[]): Buffer[] {
  return [
    move(6, amount),
    store32(10, -4, key),
    copy(2, 10),
    add(2, -4),
    mapLoad(1),
    call(1),
    jumpIfEqual(0, 0, 1),
    atomicAdd64(0, 6, 0),
    ...rest,
  ];
}

asRoot("a per-CPU array counts apart for each CPU", (t) => {
  const map = makeMap(t, {
    name: "counters",
    type: "percpu_array",
    keySize: 4,
    valueSize: 12,
    maxEntries: 3000,
  });
  const program = load(
    t,
    image("count", countIn(2999, 5, [move(0, 1), exit]), {
      mapReferences: [{ instruction: 4, map: "counters" }],
    }),
    { counters: map },
  );
  for (let i = 0; i < 10; i++) assert.equal(bpf.testRun(program, { packet }).verdict, bpf.XdpVerdict.drop);
  const values = map.lookupPerCpu(u32(2999))!;
  assert.equal(values.length, bpf.possibleCpus());
  assert.equal(values[0]!.length, 12);
  const sum = (parts: Uint8Array[]) =>
    parts.reduce((total, part) => total + Buffer.from(part).readBigUInt64LE(), 0n);
  assert.equal(sum(values), 50n);

  assert.deepEqual(map.perCpuRange(2998, 2).map(sum), [0n, 50n]);
  assert.deepEqual(map.perCpuRange(2998, 99).map(sum), [0n, 50n]);
  assert.equal(map.perCpuRange(0, 2500).length, 2500);
  assert.deepEqual(map.perCpuRange(3000, 1), []);
  const all = [...map.perCpuEntries()];
  assert.equal(all.length, 3000);
  assert.equal(
    all.reduce((total, [, parts]) => total + sum(parts), 0n),
    50n,
  );

  const each = Array.from({ length: bpf.possibleCpus() }, (_, cpu) => Buffer.concat([u64(cpu), u32(9)]));
  assert.equal(map.updatePerCpu(u32(0), each), true);
  assert.deepEqual(
    map.lookupPerCpu(u32(0))!.map((part) => Buffer.from(part)),
    each,
  );
  assert.throws(() => map.updatePerCpu(u32(0), []), { code: "value-size" });
  assert.throws(() => map.lookup(u32(0)), { code: "map-type", message: /lookupPerCpu/ });
  assert.throws(() => [...map.entries()], { code: "map-type" });
});

asRoot("a program reads a value by its address, and test-run gives verdict, packet and time", (t) => {
  const map = makeMap(t, {
    name: "settings",
    type: "array",
    keySize: 4,
    valueSize: 16,
    maxEntries: 1,
    flags: { mmapable: true },
  });
  const program = load(
    t,
    image("direct", [mapLoad(1), load32(0, 1, 4), exit], {
      mapReferences: [{ instruction: 0, map: "settings", direct: 8 }],
    }),
    { settings: map },
  );
  const memory = map.memory({ write: true });
  memory.bytes.writeUInt32LE(3, 12);
  const run = bpf.testRun(program, { packet: Buffer.from("0123456789abcdef"), repeat: 100 });
  assert.equal(run.verdict, bpf.XdpVerdict.transmit);
  assert.equal(Buffer.from(run.packet).toString(), "0123456789abcdef");
  assert.ok(run.duration >= 0 && run.duration < 1e6);
  memory.unmap();
  const info = program.info();
  assert.equal(info.name, "direct");
  assert.match(info.tag, /^[0-9a-f]{16}$/);
  assert.equal(info.xlatedLength, 32);
  assert.ok(info.jitedLength > 0);
  assert.throws(() => bpf.testRun(program, { packet: new Uint8Array(4) }), { errnoName: "EINVAL" });
});

asRoot("a context gives the ingress device", (t) => {
  const program = load(t, image("device", [load32(0, 1, 12), exit]));
  const run = bpf.testRun(program, { packet, context: bpf.xdpContext(packet.length, 1) });
  assert.equal(run.verdict, 1, "the loopback device's index");
});

asRoot("a refused program comes with the verifier's words", () => {
  assert.throws(
    () => bpf.loadProgram(image("reader", [load32(0, 1, 400), exit])),
    (error) => {
      assert.ok(error instanceof bpf.VerifierError);
      assert.match(error.message, /refused program "reader": invalid bpf_context access off=400/);
      assert.match(error.message, /at 0: \(61\) r0 = /);
      assert.equal(error.instruction, 0);
      assert.match(error.log, /processed \d+ insns/);
      return true;
    },
  );
  const needs = image("needs", [mapLoad(1), move(0, 1), exit], {
    mapReferences: [{ instruction: 0, map: "flows" }],
  });
  assert.throws(() => bpf.loadProgram(needs), { code: "missing-map", message: /"flows"/ });
  const wrong = { ...needs, mapReferences: [{ instruction: 2, map: "flows" }] };
  const map = bpf.createMap(hash);
  assert.throws(() => bpf.loadProgram(wrong, { flows: map }), { code: "bad-reference" });
  map.close();
});

asRoot("a log longer than the first buffer comes whole", () => {
  // Every branch is walked with another state; the last instruction is wrong.
  const code: Buffer[] = [copy(9, 1), move(7, 0)];
  for (let i = 0; i < 6000; i++) code.push(call(7), copy(8, 0), jumpIfEqual(8, i, 1), add(7, 1));
  code.push(load32(0, 9, 400), exit);
  assert.throws(
    () => bpf.loadProgram(image("long", code)),
    (error) => {
      assert.ok(error instanceof bpf.VerifierError);
      assert.ok(error.log.length > 1 << 20, `${error.log.length} characters`);
      assert.match(error.log.slice(0, 200), /0: \(bf\) r9 = r1/);
      assert.match(error.message, /invalid bpf_context access/);
      return true;
    },
  );
});

asRoot("type information is loaded, or refused with the reason", () => {
  // struct btf_header (24 bytes), one type: an int of four bytes named at 1, and the strings "" and "u32".
  const header = Buffer.from("9feb01001800000000000000100000001000000005000000", "hex");
  const integer = Buffer.from("01000000000000010400000020000000", "hex");
  const bytes = Buffer.concat([header, integer, Buffer.from("\0u32\0")]);
  sys.close(bpf.loadBtf(bytes));
  const bad = Buffer.from(bytes);
  bad[2] = 9;
  assert.throws(
    () => bpf.loadBtf(bad),
    (error) => {
      assert.ok(error instanceof bpf.VerifierError);
      assert.match(error.message, /refused type information \(BTF\): .*Unsupported version/s);
      return true;
    },
  );
  const spec: bpf.MapSpec = { ...hash, valueSize: 4, btf: { bytes, keyType: 1, valueType: 1 } };
  bpf.createMap(spec).close();
  assert.throws(() => bpf.createMap({ ...spec, valueSize: 8 }), { errnoName: "EINVAL" });
});

asRoot("records come through a ring buffer, round its end, to a ready set", async (t) => {
  const ring = makeMap(t, {
    name: "events",
    type: "ring_buffer",
    keySize: 0,
    valueSize: 0,
    maxEntries: 4096,
  });
  // ringbuf_output(map, stack - 24, 20, 0); the first word counts in r0's place.
  const send = (mark: number) =>
    load(
      t,
      image(
        "send",
        [
          store32(10, -24, mark),
          store32(10, -20, 2),
          store32(10, -16, 3),
          store32(10, -12, 4),
          store32(10, -8, 5),
          mapLoad(1),
          copy(2, 10),
          add(2, -24),
          move(3, 20),
          move(4, 0),
          call(130),
          exit,
        ],
        { mapReferences: [{ instruction: 5, map: "events" }] },
      ),
      { events: ring },
    );
  const program = send(77);
  const records: string[] = [];
  const reader = new bpf.RingBufferReader(ring, (record) => records.push(record.toString("hex")));
  t.after(() => reader.close());
  const expected = "4d00000002000000030000000400000005000000";
  assert.equal(reader.drain(), 0);
  for (let round = 0; round < 20; round++) {
    bpf.testRun(program, { packet, repeat: 100 });
    assert.equal(reader.drain(30), 30);
    assert.equal(reader.drain(), 70);
  }
  assert.equal(records.length, 2000);
  assert.ok(records.every((record) => record === expected));

  const set = new sys.ReadySet();
  t.after(() => set.close());
  const arrived = new Promise<number>((resolve) => set.add(reader.fd, () => resolve(reader.drain())));
  bpf.testRun(program, { packet, repeat: 3 });
  assert.equal(await arrived, 3);
  set.remove(reader.fd);

  const full = bpf.testRun(program, { packet, repeat: 1000 });
  assert.equal(full.verdict | 0, -sys.Errno["EAGAIN"]!, "a full ring refuses");
  assert.equal(reader.drain(), Math.floor(4095 / 32));
  assert.throws(() => new bpf.RingBufferReader(makeMap(t, hash), () => {}), { code: "map-type" });
});

asRoot("a record whose reader throws counts as read", (t) => {
  const ring = makeMap(t, {
    name: "events",
    type: "ring_buffer",
    keySize: 0,
    valueSize: 0,
    maxEntries: 4096,
  });
  const program = load(
    t,
    image(
      "send",
      [store32(10, -8, 1), mapLoad(1), copy(2, 10), add(2, -8), move(3, 4), move(4, 0), call(130), exit],
      { mapReferences: [{ instruction: 1, map: "events" }] },
    ),
    { events: ring },
  );
  let calls = 0;
  const reader = new bpf.RingBufferReader(ring, () => {
    if (++calls === 1) throw new Error("first");
  });
  bpf.testRun(program, { packet, repeat: 2 });
  assert.throws(() => reader.drain(), /first/);
  assert.equal(reader.drain(), 1);
  assert.equal(calls, 2);
  reader.close();
  reader.close();
  assert.throws(() => reader.drain(), { code: "unmapped" });
});

asRoot("pins outlive their process, are found again, checked, and replaced", (t) => {
  const namespace = sys.createNetworkNamespace();
  t.after(() => sys.close(namespace));
  const cookie = sys.withNetworkNamespace(namespace, sys.networkNamespaceCookie);
  const folder = bpf.pinFolder(cookie);
  t.after(() => bpf.removePins(folder));
  assert.equal(
    sys.withNetworkNamespace(namespace, () => bpf.pinFolder()),
    folder,
  );
  assert.deepEqual(bpf.listPins(folder), []);
  const script = `import * as bpf from ${JSON.stringify(index)};
    const map = bpf.createMap(${JSON.stringify(hash)});
    map.update(Buffer.from([1, 0, 0, 0]), Buffer.from("director"));
    map.pin(bpf.makePinFolder(${cookie}n) + "/services");`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(run.stderr, "");
  const path = join(folder, "services");
  assert.deepEqual(bpf.listPins(folder), ["services"]);
  assert.ok(bpf.listPinFolders().some((found) => found.cookie === cookie && found.path === folder));

  const map = bpf.openPinnedMap(path, hash);
  assert.equal(Buffer.from(map.lookup(u32(1))!).toString(), "director");
  assert.throws(() => bpf.openPinnedMap(path, { ...hash, valueSize: 16 }), {
    code: "map-differs",
    message: /value size 8 instead of 16/,
  });
  assert.throws(() => bpf.openPinnedProgram(path), { code: "pin-kind", message: /no program but bpf-map/ });
  assert.throws(() => bpf.openPinnedMap(`${path}2`), { errnoName: "ENOENT" });
  assert.throws(() => map.pin(path), { errnoName: "EEXIST" });
  assert.throws(() => map.pin(`${path}.new`), { code: "pin-name" });
  const other = makeMap(t, hash);
  other.pin(path, { replace: true });
  assert.deepEqual(bpf.listPins(folder), ["services"]);
  const reopened = bpf.openPinnedMap(path);
  assert.equal(reopened.id, other.id);
  reopened.close();
  map.close();

  const program = load(t, image("pass", [move(0, 2), exit]));
  program.pin(join(folder, "program"));
  const again = bpf.openPinnedProgram(join(folder, "program"));
  assert.equal(again.info().id, program.info().id);
  again.close();
  bpf.removePins(folder);
  bpf.removePins(folder);
  assert.equal(existsSync(folder), false);
});

asRoot("this kernel's features are what they are", () => {
  assert.equal(bpf.bpfAccess(), "yes");
  const names = Object.keys(bpf.features) as bpf.FeatureName[];
  for (const name of names) {
    const [major = 0, minor = 0] = bpf.features[name].since.split(".").map(Number);
    const kernel = sys.kernelVersion();
    const old = kernel.major < major || (kernel.major === major && kernel.minor < minor);
    if (old) assert.equal(bpf.hasFeature(name), false, name);
    else if (name !== "xdp" && name !== "tc") assert.equal(bpf.hasFeature(name), true, name);
  }
  if (names.every(bpf.hasFeature)) assert.equal(bpf.explainMissing(...names), undefined);
});

asRoot("without root one sentence says so", () => {
  const script = `import * as bpf from ${JSON.stringify(index)};
    process.setgid(65534); process.setuid(65534);
    console.log(bpf.explainMissing("xdp", "loops"));
    try { bpf.createMap(${JSON.stringify({ ...hash, type: "lru_hash" })}); } catch (error) { console.log(error.message, error.remedy); }`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(
    run.stdout,
    'needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)\nbpf(BPF_MAP_CREATE) of map "services": EPERM: Operation not permitted Run it as root.\n',
  );
});
