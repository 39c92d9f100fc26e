import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BpfMap, BpfProgram } from "../../src/bpf/index.js";
import { goOn, grow, isGrowing, XdpPlane } from "../../src/dataplane/xdp/index.js";
import { Entry, tablePhases } from "../../src/dataplane/xdp/layout.js";
import { tablesOf } from "../../src/dataplane/xdp/table-maps.js";
import type { ServiceId } from "../../src/ipvs/model.js";
import { ethernet, IpAddress, MacAddress } from "../../src/wire/index.js";
import { thorough } from "../support/sampled.js";
import {
  clientMac,
  type DirectorPlace,
  directorMac,
  directorPlace,
  hooks,
  locked,
  serverAddress,
  serverMac,
  vip,
} from "./director-place.js";
import { killedAt, type Watch } from "./killed.js";

const small = 64;
const large = 4096;

/** What a connection of this test is of. */
interface Kind {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly method: "droute" | "masq";
  readonly persistent: boolean;
}
const kinds: readonly Kind[] = [
  { protocol: "tcp", port: 80, method: "droute", persistent: false },
  { protocol: "tcp", port: 81, method: "masq", persistent: false },
  { protocol: "tcp", port: 82, method: "masq", persistent: true },
  { protocol: "udp", port: 53, method: "droute", persistent: false },
  { protocol: "udp", port: 54, method: "masq", persistent: true },
];
/** Of each kind. */
const connections = 8;

/** A connection by its kind and its number; two of each client. */
interface Flow {
  readonly kind: Kind;
  readonly from: string;
  readonly source: number;
}
const flowsOf = (first = 0): Flow[] =>
  kinds.flatMap((kind) =>
    Array.from({ length: connections }, (_, i) => ({
      kind,
      from: `192.168.4.${10 + (i >> 1)}`,
      source: 20_000 + first + i,
    })),
  );

function request({ kind, from, source }: Flow, flags: object): Uint8Array {
  const ip = ethernet({ source: clientMac, destination: directorMac }).ipv4({
    source: from,
    destination: vip,
  });
  const ports = { source, destination: kind.port };
  return (kind.protocol === "tcp" ? ip.tcp({ ...ports, ...flags }) : ip.udp(ports)).payload("hello");
}

/** What a server behind NAT answers. */
function answer({ kind, from, source }: Flow, server: number, flags: object): Uint8Array {
  const ip = ethernet({ source: serverMac(server), destination: directorMac }).ipv4({
    source: serverAddress(server),
    destination: from,
  });
  const ports = { source: kind.port + 1000, destination: source };
  return (kind.protocol === "tcp" ? ip.tcp({ ...ports, ...flags }) : ip.udp(ports)).payload("world");
}

const idOf = ({ protocol, port }: Kind): ServiceId => ({
  kind: "address",
  protocol,
  address: IpAddress.of(vip),
  port,
});

function begin(t: TestContext, buckets = small): DirectorPlace | undefined {
  const place = directorPlace(t, buckets);
  if (!place) return undefined;
  for (let host = 10; host < 20; host++)
    place.place.network.neighbours.replace(
      "eth0",
      IpAddress.of(`192.168.4.${host}`),
      MacAddress.of(clientMac),
    );
  place.configure((plane) => {
    for (const kind of kinds) {
      plane.addService({
        id: idOf(kind),
        scheduler: "wlc",
        schedulerFlags: [],
        onePacket: false,
        ...(kind.persistent && { persistence: { timeout: 360, netmask: IpAddress.of("255.255.255.255") } }),
      });
      for (const server of [0, 1, 2])
        plane.addServer(idOf(kind), {
          address: IpAddress.of(serverAddress(server)),
          port: kind.method === "masq" ? kind.port + 1000 : kind.port,
          method: kind.method,
          weight: 1,
          upperThreshold: 0,
          lowerThreshold: 0,
        });
    }
  });
  return place;
}

/** The servers to which these flows' packets go, by the flows' order. */
function serversOf(place: DirectorPlace, flows: readonly Flow[], flags: object): (number | undefined)[] {
  return flows.map((flow, i) => {
    const { verdict, packet } = place.runHere(hookOf(place, i), request(flow, flags));
    assert.equal(
      verdict,
      "redirect",
      `${flow.kind.protocol} ${flow.kind.port} ${flow.source}: ${events(place)}`,
    );
    return place.serverOf(packet);
  });
}

/** Packets come by both hooks in turn, or by one, which is sooner made. */
const byOne = new WeakSet<DirectorPlace>();
const hookOf = (place: DirectorPlace, i: number) => hooks[byOne.has(place) ? 1 : i % 2]!;

const events = (place: DirectorPlace) =>
  JSON.stringify(Object.fromEntries(Object.entries(place.events()).filter(([, count]) => count > 0)));

/** Every answer of NAT comes from the VIP. */
function answered(
  place: DirectorPlace,
  flows: readonly Flow[],
  servers: readonly (number | undefined)[],
): void {
  for (const [i, flow] of flows.entries()) {
    if (flow.kind.method !== "masq") continue;
    const { verdict, packet } = place.runHere(hookOf(place, i), answer(flow, servers[i]!, { ack: true }));
    assert.equal(verdict, "redirect", `answer of ${flow.kind.port} to ${flow.from}:${flow.source}`);
    assert.equal([...packet.subarray(26, 30)].join("."), vip);
  }
}

/** What a person sees: all connections without their times, and what the servers count. */
function seen(place: DirectorPlace, plane: XdpPlane = place.plane) {
  const connections = [...plane.connections()].map(
    ({ protocol, state, client, virtual, server, template }) =>
      `${protocol} ${state} ${client.address}:${client.port} ${virtual.port} ${server.address}:${server.port} ${template}`,
  );
  const counts = plane
    .services()
    .flatMap(({ id, servers }) =>
      servers.map(
        ({ address, active, inactive, persistent, counters }) =>
          `${id.kind === "address" && id.port} ${address} ${active} ${inactive} ${persistent} ${counters.connections}`,
      ),
    );
  return { connections: connections.sort(), counts: counts.sort() };
}

/** Counts are what the table says. */
function consistent(place: DirectorPlace): void {
  const rows = [...place.plane.connections()];
  for (const { id, servers } of place.plane.services())
    for (const { address, active, inactive, persistent } of servers) {
      const mine = rows.filter(
        ({ server, virtual, protocol, template }) =>
          id.kind === "address" &&
          server.address.equals(address) &&
          virtual.port === id.port &&
          protocol === id.protocol &&
          !template,
      );
      const templates = rows.filter(
        ({ server, virtual, protocol, template }) =>
          id.kind === "address" &&
          server.address.equals(address) &&
          virtual.port === id.port &&
          protocol === id.protocol &&
          template,
      );
      assert.equal(active + inactive, mine.length, `${address}`);
      assert.equal(persistent, templates.length, `${address}`);
    }
}

/** Establishes one connection of each flow; gives the servers. */
function connect(place: DirectorPlace, flows: readonly Flow[]): (number | undefined)[] {
  return place.inside(() => {
    const servers = serversOf(place, flows, { syn: true });
    answered(place, flows, servers);
    assert.deepEqual(serversOf(place, flows, { ack: true }), servers);
    return servers;
  });
}

/** Ends them: after that the templates have no connections. */
function end(place: DirectorPlace, flows: readonly Flow[], servers: readonly (number | undefined)[]): void {
  place.inside(() => {
    assert.deepEqual(serversOf(place, flows, { fin: true, ack: true }), servers);
    answered(place, flows, servers);
  });
}

const size = (place: DirectorPlace) => place.state.tableShape.buckets;
const pins = (place: DirectorPlace) =>
  readdirSync(place.state.folder)
    .filter((name) => /^(connections|successors|former)/.test(name))
    .sort();

test("a table grows with connections of all kinds in it: rows and counts stay, all go on; a second and a third time", async (t) => {
  const place = begin(t);
  if (!place) return;
  let flows = flowsOf();
  let servers = connect(place, flows);
  for (const [i, buckets] of [1024, large, 4 * large].entries()) {
    const before = seen(place);
    assert.equal(before.connections.length, flows.length + 8);
    assert.equal(
      locked(place, (host) => grow(place.state, host, buckets)),
      0,
    );
    assert.equal(size(place), buckets);
    assert.ok(!isGrowing(place.state));
    assert.deepEqual(pins(place), [`connections_${i + 1}`]);
    place.reload();
    assert.deepEqual(seen(place), before);
    place.inside(() => {
      assert.deepEqual(serversOf(place, flows, { ack: true }), servers);
      answered(place, flows, servers);
    });
    const { counts, connections } = seen(place);
    assert.deepEqual(counts, before.counts);
    assert.deepEqual(connections, before.connections);
    const more = flowsOf(100 * (i + 1));
    const others = connect(place, more);
    consistent(place);
    flows = [...flows, ...more];
    servers = [...servers, ...others];
  }
  // Templates lead to the servers that they led to, and count their connections: without those they are not held.
  const persistent = (flow: Flow) => flow.kind.persistent;
  for (const [i, flow] of flows.entries())
    if (persistent(flow)) {
      const first = flows.findIndex(({ kind, from }) => kind === flow.kind && from === flow.from);
      assert.equal(servers[i], servers[first]);
    }
  end(place, flows, servers);
  consistent(place);
  // The sweeper sweeps the table that there is.
  const expired = flows.filter(({ kind }) => kind.port === 80);
  for (const { slot, virtualPort } of place.entries()) if (virtualPort === 80) place.expireIn(slot, -0.1);
  const left = () => seen(place).counts.filter((line) => line.startsWith("80 ") && !/ 0 0 0 \d+$/.test(line));
  for (let i = 0; i < 50 && left().length > 0; i++) await sleep(100);
  assert.deepEqual(left(), []);
  consistent(place);
  const flushed = place.configure((plane) => plane.flushConnections({ templates: false }));
  assert.equal(flushed, flows.length - expired.length);
  const { bytes } = place.state.maps["connections"]!.memory();
  const templates = place.entries().filter(({ clientPort }) => clientPort === 0);
  assert.deepEqual(
    templates.map(({ slot }) => Entry.over(bytes, slot * Entry.size).reference),
    new Array(8).fill(0),
  );
  assert.equal(
    place.configure((plane) => plane.flushConnections({})),
    8,
  );
  assert.deepEqual(seen(place).connections, []);
  assert.ok(seen(place).counts.every((line) => / 0 0 0 \d+$/.test(line)));
  assert.equal(place.events().lost_race, 0);
  assert.equal(place.events().table_full, 0);
});

/** What others see of a growth: closing something follows each use of a program; the settings are what all share. */
function watchGrowth(watch: Watch): void {
  watch(Object.getPrototypeOf(BpfMap.prototype), "close", (self) => (self as object) instanceof BpfProgram);
  watch(Object.getPrototypeOf(BpfMap.prototype), "pin", () => true);
  watch(DataView.prototype, "setUint32", (view: DataView) => view.buffer.byteLength >= 8192);
}

test("killed at any step while its table grows: all goes on, and the next change finishes it", (t) => {
  const phases = new Set<number>();
  let steps = 0;
  // Always of the same sizes: so the programs that know of them are written once.
  const [buckets, wanted] = [512, 1024];
  for (let last = 0; ; last += thorough ? 1 : 2) {
    const place = begin(t, buckets);
    if (!place) return;
    byOne.add(place);
    const flows = flowsOf();
    const servers = connect(place, flows);
    const asAnotherProcess = (work: (plane: XdpPlane) => void) =>
      place.inside(() => {
        const plane = new XdpPlane({ warn: (sentence) => assert.fail(sentence) });
        try {
          work(plane);
        } finally {
          plane.close();
        }
      });
    const before = seen(place);
    const { epoch: epochBefore } = tablesOf(place.state.settings.tables);
    const made = killedAt(last, () => locked(place, (host) => grow(place.state, host, wanted)), watchGrowth);
    if (made < last) break;
    assert.equal(made, last);
    steps++;
    place.state.refresh();
    const { phase, epoch } = tablesOf(place.state.settings.tables);
    phases.add(phase);
    assert.deepEqual(seen(place), before, `step ${last}`);
    // Before connections are made in the new table, programs that know of one table run beside those that know of two.
    if (phase === tablePhases.announced || epoch === epochBefore)
      place.inside(() => assert.deepEqual(serversOf(place, flows, { ack: true }), servers));
    place.reload();
    const more = flowsOf(1000 + 100 * last);
    const others = connect(place, more);
    place.inside(() => {
      assert.deepEqual(serversOf(place, flows, { ack: true }), servers);
      answered(place, flows, servers);
    });
    consistent(place);
    const meanwhile = seen(place);
    asAnotherProcess((plane) => plane.setTimeouts({ tcp: 900, tcpFin: 120, udp: 300 }));
    place.state.refresh();
    assert.ok(!isGrowing(place.state), `step ${last}`);
    assert.deepEqual(seen(place), meanwhile, `step ${last}`);
    assert.equal(pins(place).length, 1, `step ${last}: ${pins(place)}`);
    const hasGrown = tablesOf(place.state.settings.tables).epoch !== epochBefore;
    assert.equal(size(place), hasGrown ? wanted : buckets);
    place.reload();
    place.inside(() => {
      assert.deepEqual(serversOf(place, flows, { ack: true }), servers);
      answered(place, flows, servers);
      assert.deepEqual(serversOf(place, more, { ack: true }), others);
      answered(place, more, others);
    });
    consistent(place);
    assert.equal(
      place.configure((plane) => plane.flushConnections({ templates: false })),
      flows.length + more.length,
    );
    assert.equal(
      place.configure((plane) => plane.flushConnections({})),
      8,
    );
    consistent(place);
  }
  t.diagnostic(`${steps} steps, phases ${[...phases].join(" ")}`);
  assert.deepEqual([...phases].sort(), Object.values(tablePhases).sort());
});

test("what finds no place stays where it is, all goes on, and the rest follows when there is room", (t) => {
  const place = begin(t, 2);
  if (!place) return;
  byOne.add(place);
  const kept = flowsOf()
    .filter(({ kind }) => kind.port === 80)
    .slice(0, 6);
  const servers = connect(place, kept);
  // Nobody may ask for less than there is, but so there are too few places.
  assert.equal(
    locked(place, (host) => grow(place.state, host, 1)),
    2,
  );
  assert.ok(isGrowing(place.state));
  assert.equal(place.state.tableUse().growing, true);
  place.reload();
  place.inside(() => assert.deepEqual(serversOf(place, kept, { ack: true }), servers));
  consistent(place);
  const two = { client: { address: IpAddress.of("192.168.4.10"), length: 32 } };
  assert.equal(
    place.configure((plane) => plane.flushConnections(two)),
    2,
  );
  consistent(place);
  assert.equal(
    locked(place, (host) => goOn(place.state, host)),
    0,
  );
  assert.ok(!isGrowing(place.state));
  place.reload();
  place.inside(() => assert.deepEqual(serversOf(place, kept.slice(2), { ack: true }), servers.slice(2)));
  consistent(place);
});
