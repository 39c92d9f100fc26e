import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import * as bpf from "../../src/bpf/index.js";
import * as sys from "../../src/sys/index.js";
import {
  add,
  atomicAdd64,
  call,
  copy,
  exit,
  jumpIfEqual,
  mapLoad,
  move,
  store32,
  u32,
} from "./instructions.js";
import { type Place, places, until } from "./netlink-places.js";

const index = new URL("../../src/bpf/index.js", import.meta.url).href;

/** Two places joined by a veth cable, "near" and "far" at its ends, both up. */
function cable(t: TestContext): { near: Place; far: Place; interfaceIndex: number } | undefined {
  const made = places(t, 2);
  if (!made) return undefined;
  const [near, far] = made as [Place, Place];
  near.network.links.createVeth({
    name: "near",
    up: true,
    peer: { name: "far", namespace: far.namespace, up: true },
  });
  return { near, far, interfaceIndex: near.network.links.get("near").index };
}

/** A program that counts each packet in element `slot` and gives the verdict. */
function counter(
  t: TestContext,
  kind: "xdp" | "tc",
  slot: number,
  verdict: number,
  map: bpf.BpfMap,
  fragments = false,
): bpf.BpfProgram {
  const code = [
    move(6, 1),
    store32(10, -4, slot),
    copy(2, 10),
    add(2, -4),
    mapLoad(1),
    call(1),
    jumpIfEqual(0, 0, 1),
    atomicAdd64(0, 6, 0),
    move(0, verdict),
    exit,
  ];
  const program = bpf.loadProgram(
    {
      name: `counter${slot}`,
      kind,
      instructions: Buffer.concat(code),
      mapReferences: [{ instruction: 4, map: "seen" }],
      license: "MIT",
      fragments,
    },
    { seen: map },
  );
  t.after(() => program.close());
  return program;
}

function counts(t: TestContext): { map: bpf.BpfMap; of: (slot: number) => number } {
  const map = bpf.createMap({ name: "seen", type: "array", keySize: 4, valueSize: 8, maxEntries: 4 });
  t.after(() => map.close());
  return { map, of: (slot) => Number(Buffer.from(map.lookup(u32(slot))!).readBigUInt64LE()) };
}

/** Sends frames of an unused EtherType into the cable from its far end. */
function send(far: Place, frames: number): void {
  sys.withNetworkNamespace(far.namespace, () => {
    const link = far.network.links.get("far").index;
    const fd = sys.socket(sys.AF_PACKET, sys.SOCK_RAW, 0);
    const frame = Buffer.alloc(60);
    frame.fill(0xff, 0, 6);
    frame.writeUInt16BE(0x88b5, 12);
    for (let i = 0; i < frames; i++) sys.sendTo(fd, frame, sys.packetAddress(0x88b5, link));
    sys.close(fd);
  });
}

for (const point of ["xdp", "tcx"] as const) {
  const [kind, drop] = point === "xdp" ? (["xdp", 1] as const) : (["tc", 2] as const);
  const attach = point === "xdp" ? bpf.attachXdp : bpf.attachTcx;

  test(`${point}: a program gets a device's packets, is replaced at one stroke, and taken off`, async (t) => {
    const ends = cable(t);
    if (!ends) return;
    const { near, far, interfaceIndex } = ends;
    const seen = counts(t);
    const [first, second] = [0, 1].map((slot) => counter(t, kind, slot, drop, seen.map)) as [
      bpf.BpfProgram,
      bpf.BpfProgram,
    ];
    const link = sys.withNetworkNamespace(near.namespace, () => attach(first, interfaceIndex));
    t.after(() => link.close());
    const { id, ...info } = link.info();
    assert.ok(id > 0);
    assert.deepEqual(info, { point, programId: first.info().id, interfaceIndex });

    const before = seen.of(0);
    send(far, 10);
    await until("the first program's packets", () => seen.of(0) >= before + 10);
    assert.throws(() => link.update(second, second), { errnoName: "EPERM" }, "another program is there");
    link.update(second, first);
    assert.equal(link.info().programId, second.info().id);
    const atChange = seen.of(0);
    send(far, 10);
    await until("the second program's packets", () => seen.of(1) >= 10);
    assert.equal(seen.of(0), atChange);

    link.detach();
    assert.equal(link.info().interfaceIndex, 0);
    assert.throws(() => link.update(first), { errnoName: "ENOLINK" });
  });

  test(`${point}: a pinned link outlives its process, and tells when its device is gone`, async (t) => {
    const ends = cable(t);
    if (!ends) return;
    const { near, far, interfaceIndex } = ends;
    const folder = bpf.makePinFolder(sys.withNetworkNamespace(near.namespace, sys.networkNamespaceCookie));
    t.after(() => bpf.removePins(folder));
    const seen = counts(t);
    const program = counter(t, kind, 2, drop, seen.map);
    program.pin(join(folder, "program"));
    const script = `import * as bpf from ${JSON.stringify(index)};
      const program = bpf.openPinnedProgram(${JSON.stringify(join(folder, "program"))});
      bpf.${attach.name}(program, ${interfaceIndex}).pin(${JSON.stringify(join(folder, "link"))});`;
    const run = sys.withNetworkNamespace(near.namespace, () =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }),
    );
    assert.equal(run.stderr, "");
    const before = seen.of(2);
    send(far, 5);
    await until("packets with no process that holds the link", () => seen.of(2) >= before + 5);

    const link = bpf.openPinnedLink(join(folder, "link"));
    t.after(() => link.close());
    assert.equal(link.info().interfaceIndex, interfaceIndex);
    near.network.links.remove("near");
    assert.equal(link.info().interfaceIndex, 0);
  });

  test(`${point}: a device that isn't there`, (t) => {
    const [place] = places(t, 1) ?? [];
    if (!place) return;
    const program = counter(t, kind, 0, drop, counts(t).map);
    sys.withNetworkNamespace(place.namespace, () =>
      assert.throws(
        () => attach(program, 4711),
        (error) => {
          assert.ok(error instanceof bpf.AttachError);
          assert.match(
            error.message,
            new RegExp(`^cannot attach ${point} to interface 4711: (ENODEV|EINVAL): `),
          );
          assert.match(error.remedy ?? "", /no such interface/);
          return true;
        },
      ),
    );
  });
}

test("xdp: what a device refuses is explained", (t) => {
  const ends = cable(t);
  if (!ends) return;
  const { near, interfaceIndex } = ends;
  const seen = counts(t);
  const program = counter(t, "xdp", 0, 2, seen.map);
  const there = <T>(work: () => T): T => sys.withNetworkNamespace(near.namespace, work);

  const loopback = near.network.links.get("lo").index;
  assert.throws(() => there(() => bpf.attachXdp(program, loopback)), {
    errnoName: "EOPNOTSUPP",
    remedy: /no native XDP: use the tc hook/,
  });
  const link = there(() => bpf.attachXdp(program, interfaceIndex));
  assert.throws(() => there(() => bpf.attachXdp(program, interfaceIndex)), {
    errnoName: "EBUSY",
    remedy: /Another XDP program/,
  });
  link.close();
  assert.equal(near.network.links.get("near").xdp, undefined, "gone with its last descriptor");
});

test("xdp: a large MTU needs a program that understands fragments", (t) => {
  const ends = cable(t);
  if (!ends) return;
  const { near, far, interfaceIndex } = ends;
  near.network.links.change("near", { mtu: 9000 });
  far.network.links.change("far", { mtu: 9000 });
  const seen = counts(t);
  const there = <T>(work: () => T): T => sys.withNetworkNamespace(near.namespace, work);
  assert.throws(() => there(() => bpf.attachXdp(counter(t, "xdp", 0, 2, seen.map), interfaceIndex)), {
    errnoName: "ERANGE",
    remedy: /MTU/,
  });
  there(() => bpf.attachXdp(counter(t, "xdp", 1, 2, seen.map, true), interfaceIndex)).close();
});

test("tc: the same program works behind clsact", async (t) => {
  const ends = cable(t);
  if (!ends) return;
  const { near, far } = ends;
  const seen = counts(t);
  const program = counter(t, "tc", 0, 2, seen.map);
  near.network.trafficControl.ensureClsact("near");
  near.network.trafficControl.addFilter("near", {
    hook: "ingress",
    priority: 1,
    program: program.fd,
    name: "counter",
  });
  const before = seen.of(0);
  send(far, 10);
  await until("packets at clsact", () => seen.of(0) >= before + 10);
  const [filter] = near.network.trafficControl.filters("near", "ingress");
  assert.equal(filter?.programId, program.info().id);
});
