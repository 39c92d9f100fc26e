import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { NetlinkError } from "../../src/netlink/index.js";
import {
  AF_INET,
  addressOf,
  bpf,
  close,
  connect,
  inetAddress,
  SOCK_STREAM,
  SOL_SOCKET,
  SystemError,
  setOption,
  socket,
  withNetworkNamespace,
} from "../../src/sys/index.js";
import { ip, type Place, peer, places } from "./netlink-places.js";

const SO_SNDTIMEO = 21;

/** A tc program that returns a verdict: two instructions, "r0 = verdict" and "exit". */
function loadVerdict(t: TestContext, verdict: number): number {
  const instructions = Buffer.alloc(16);
  instructions.writeUInt8(0xb7, 0);
  instructions.writeInt32LE(verdict, 4);
  instructions.writeUInt8(0x95, 8);
  const license = Buffer.from("MIT\0");
  const attr = Buffer.alloc(64);
  attr.writeUInt32LE(3, 0); // BPF_PROG_TYPE_SCHED_CLS
  attr.writeUInt32LE(2, 4);
  attr.writeBigUInt64LE(addressOf(instructions), 8);
  attr.writeBigUInt64LE(addressOf(license), 16);
  const fd = bpf("BPF_PROG_LOAD", attr);
  t.after(() => close(fd));
  return fd;
}

test("clsact comes, is listed as `tc` lists it, and goes", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, trafficControl } = place.network;
  links.createVeth({ name: "veth0", up: true, peer: { name: "veth1", up: true } });
  assert.equal(trafficControl.hasClsact("veth0"), false);
  assert.deepEqual(trafficControl.filters("veth0", "ingress"), []);
  assert.equal(trafficControl.ensureClsact("veth0"), true);
  assert.equal(trafficControl.ensureClsact("veth0"), false);
  assert.throws(() => trafficControl.addClsact("veth0"), { code: "netlink-eexist" });
  const qdiscs = trafficControl.qdiscs("veth0").map(({ kind, handle, parent }) => [kind, handle, parent]);
  assert.deepEqual(qdiscs.at(-1), ["clsact", 0xffff0000, 0xfffffff1]);
  if (peer(t, "tc")) {
    const theirs = place.json("tc", "-j", "qdisc", "show").map((qdisc) => [qdisc["kind"], qdisc["dev"]]);
    const mine = trafficControl.qdiscs().map(({ kind, link }) => [kind, links.get(link).name]);
    assert.deepEqual(mine, theirs);
  }
  trafficControl.removeClsact("veth0");
  assert.equal(trafficControl.hasClsact("veth0"), false);
  assert.throws(
    () => trafficControl.removeClsact("veth0"),
    (error) => NetlinkError.is(error, "ENOENT", "EINVAL"),
  );
});

test("a program is a filter that drops, is replaced in its place, and is removed", (t) => {
  const made = places(t, 2);
  if (!made) return;
  const [here, there] = made as [Place, Place];
  const { links, trafficControl } = here.network;
  links.createVeth({
    name: "veth0",
    up: true,
    peer: { name: "veth1", namespace: there.namespace, up: true },
  });
  here.network.addresses.add("veth0", { address: ip("10.5.0.1"), prefixLength: 24 });
  there.network.addresses.add("veth1", { address: ip("10.5.0.2"), prefixLength: 24 });
  const answers = () => {
    const fd = withNetworkNamespace(there.namespace, () => socket(AF_INET, SOCK_STREAM));
    try {
      setOption(fd, SOL_SOCKET, SO_SNDTIMEO, new Uint8Array(BigInt64Array.of(0n, 300_000n).buffer));
      const connected = connect(fd, inetAddress(ip("10.5.0.1").bytes, 9));
      assert.equal(connected, false, "nobody listens, so nobody accepts");
      return false;
    } catch (error) {
      if (SystemError.is(error, "ECONNREFUSED")) return true; // The packet arrived.
      throw error;
    } finally {
      close(fd);
    }
  };
  const pass = loadVerdict(t, 0); // TC_ACT_OK
  const drop = loadVerdict(t, 2); // TC_ACT_SHOT
  const place = { hook: "ingress", priority: 1 } as const;
  assert.throws(
    () => trafficControl.addFilter("veth0", { ...place, program: pass, name: "pass" }),
    NetlinkError,
  );
  trafficControl.addClsact("veth0");
  trafficControl.addFilter("veth0", { ...place, program: pass, name: "pass" });
  assert.throws(() => trafficControl.addFilter("veth0", { ...place, program: drop, name: "drop" }), {
    code: "netlink-eexist",
  });
  assert.equal(answers(), true);
  const [before] = trafficControl.filters("veth0", "ingress");
  trafficControl.replaceFilter("veth0", { ...place, program: drop, name: "drop" });
  const filters = trafficControl.filters("veth0", "ingress");
  assert.deepEqual(
    filters.map(({ kind, name, priority, handle, directAction }) => [
      kind,
      name,
      priority,
      handle,
      directAction,
    ]),
    [["bpf", "drop", 1, 1, true]],
  );
  assert.notEqual(filters[0]!.programId, before!.programId);
  assert.deepEqual(trafficControl.filters("veth0", "egress"), []);
  if (peer(t, "tc")) {
    const shown = here
      .json("tc", "-j", "filter", "show", "dev", "veth0", "ingress")
      .find(
        (filter) => (filter["options"] as Record<string, unknown> | undefined)?.["handle"] !== undefined,
      )!;
    const options = shown["options"] as Record<string, unknown>;
    const program = options["prog"] as Record<string, unknown>;
    assert.deepEqual(
      [
        shown["kind"],
        shown["pref"],
        options["bpf_name"],
        options["direct-action"],
        program["id"],
        program["tag"],
      ],
      ["bpf", 1, "drop", true, filters[0]!.programId, filters[0]!.tag],
    );
  }
  // The neighbours know each other from the first connection; what is lost now is the SYN.
  assert.equal(answers(), false);
  trafficControl.removeFilter("veth0", place);
  assert.throws(() => trafficControl.removeFilter("veth0", place), { code: "netlink-enoent" });
  assert.equal(answers(), true);
});
