import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openSyncTable } from "../../src/dataplane/xdp/index.js";
import type { ServiceId } from "../../src/ipvs/model.js";
import { type SyncEntry, SyncFlag, type SyncTable } from "../../src/ipvs/sync/index.js";
import { ethernet, IpAddress, MacAddress } from "../../src/wire/index.js";
import {
  clientMac,
  type DirectorPlace,
  directorMac,
  directorPlace,
  serverAddress,
  vip,
} from "./director-place.js";

interface Kind {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly method: "droute" | "masq" | "tunnel";
  readonly persistent?: boolean;
}
const kinds: readonly Kind[] = [
  { protocol: "tcp", port: 80, method: "droute" },
  { protocol: "tcp", port: 81, method: "masq" },
  { protocol: "tcp", port: 82, method: "tunnel" },
  { protocol: "tcp", port: 83, method: "masq", persistent: true },
  { protocol: "udp", port: 53, method: "droute" },
];
const serverPort = ({ method, port }: Kind) => (method === "masq" ? port + 1000 : port);

const idOf = ({ protocol, port }: Kind): ServiceId => ({
  kind: "address",
  protocol,
  address: IpAddress.of(vip),
  port,
});

function configure(place: DirectorPlace, servers: readonly number[] = [0, 1, 2]): void {
  place.configure((plane) => {
    for (const kind of kinds) {
      plane.addService({
        id: idOf(kind),
        scheduler: "rr",
        schedulerFlags: [],
        onePacket: false,
        ...(kind.persistent && { persistence: { timeout: 360, netmask: IpAddress.of("255.255.255.255") } }),
      });
      for (const server of servers)
        plane.addServer(idOf(kind), {
          address: IpAddress.of(serverAddress(server)),
          port: serverPort(kind),
          method: kind.method,
          weight: 1,
          upperThreshold: 0,
          lowerThreshold: 0,
        });
    }
  });
}

/** A director with its table as a sync daemon has it. */
function director(t: TestContext): { place: DirectorPlace; table: SyncTable } | undefined {
  const place = directorPlace(t);
  if (!place) return undefined;
  for (const host of [10, 11, 12])
    place.place.network.neighbours.replace(
      "eth0",
      IpAddress.of(`192.168.4.${host}`),
      MacAddress.of(clientMac),
    );
  const table = place.inside(openSyncTable)!;
  t.after(() => table.close());
  return { place, table };
}

const send = (
  place: DirectorPlace,
  { protocol, port }: Kind,
  from: string,
  source: number,
  flags: object,
) => {
  const ip = ethernet({ source: clientMac, destination: directorMac }).ipv4({
    source: from,
    destination: vip,
  });
  const ports = { source, destination: port };
  const packet = (protocol === "tcp" ? ip.tcp({ ...ports, ...flags }) : ip.udp(ports)).payload("hello");
  return place.run("tc", packet);
};

/** A connection of each kind from each of two clients, with so many packets. */
function open(place: DirectorPlace, packets: number): void {
  for (const kind of kinds)
    for (const client of ["192.168.4.10", "192.168.4.11"])
      for (let i = 0; i < packets; i++)
        send(place, kind, client, 40_000, i === 0 ? { syn: true } : { ack: true });
}

function told(table: SyncTable): SyncEntry[] {
  const entries: SyncEntry[] = [];
  table.look((entry) => entries.push(entry) > 0);
  return entries;
}

const listed = (place: DirectorPlace) =>
  [...place.plane.connections()]
    .map(({ protocol, state, client, virtual, server, template }) =>
      [protocol, state, client, virtual, server, template].map((each) => JSON.stringify(each)).join(" "),
    )
    .sort();

test("connections that one director tells another are in its table, with the same servers, states and counts", (t) => {
  const [one, other] = [director(t), director(t)];
  if (!one || !other) return;
  configure(one.place);
  configure(other.place);
  open(one.place, 2);
  const templates = told(one.table);
  assert.deepEqual(
    templates.map(({ flags }) => flags & SyncFlag.template),
    [SyncFlag.template, SyncFlag.template],
  );
  assert.deepEqual(told(one.table), []);
  open(one.place, 1); // the third packet, a SYN: the state stays
  const entries = told(one.table);
  assert.equal(entries.length, 10);
  const { made, ...rest } = other.place.inside(() => other.table.insert([...templates, ...entries]));
  assert.deepEqual({ made, ...rest }, { made: 12, updated: 0, ignored: 0, unbound: 0, full: 0 });
  assert.deepEqual(listed(other.place), listed(one.place));
  for (const kind of kinds) {
    const status = (place: DirectorPlace) =>
      place.plane
        .service(idOf(kind))!
        .servers.map(({ active, inactive, persistent }) => [active, inactive, persistent]);
    assert.deepEqual(status(other.place), status(one.place), String(kind.port));
  }
  // It tells nobody of what it was told, and packets of these connections make no new ones.
  assert.deepEqual(told(other.table), []);
  const before = listed(other.place);
  for (const kind of kinds)
    for (const client of ["192.168.4.10", "192.168.4.11"]) {
      const a = send(one.place, kind, client, 40_000, { ack: true });
      const b = send(other.place, kind, client, 40_000, { ack: true });
      assert.equal(b.verdict, "redirect");
      assert.deepEqual(
        b.packet.subarray(0, 14),
        a.packet.subarray(0, 14),
        `${kind.protocol} ${kind.port} ${client}`,
      );
    }
  assert.deepEqual(listed(other.place), before);
  // A server behind NAT answers: its alias leads to the connection.
  const nat = [...other.place.plane.connections()].find(
    ({ virtual, template }) => virtual.port === 81 && !template,
  )!;
  const number = Number(nat.server.address.toString().split(".")[3]) - 100;
  const answer = ethernet({
    source: `02:00:c0:a8:04:${(100 + number).toString(16)}`,
    destination: directorMac,
  })
    .ipv4({ source: nat.server.address.toString(), destination: nat.client.address.toString() })
    .tcp({ source: nat.server.port, destination: nat.client.port, ack: true })
    .payload("world");
  const { verdict, packet } = other.place.run("tc", answer);
  assert.equal(verdict, "redirect");
  assert.equal(IpAddress.within(packet, 26, 4).toString(), vip);
});

test("the end of a connection is told at once, and takes its count with it", (t) => {
  const [one, other] = [director(t), director(t)];
  if (!one || !other) return;
  configure(one.place, [0]);
  configure(other.place, [0]);
  const [kind] = kinds as [Kind];
  const step = (flags: object) => {
    send(one.place, kind, "192.168.4.10", 41_000, flags);
    return other.place.inside(() => other.table.insert(told(one.table)));
  };
  step({ syn: true });
  step({ ack: true });
  assert.equal(step({ ack: true }).made, 1);
  const [server] = other.place.plane.service(idOf(kind))!.servers;
  assert.deepEqual([server!.active, server!.inactive], [1, 0]);
  assert.equal(step({ fin: true, ack: true }).updated, 1);
  const [after] = other.place.plane.service(idOf(kind))!.servers;
  assert.deepEqual([after!.active, after!.inactive], [0, 1]);
  assert.match(listed(other.place)[0]!, /FIN_WAIT/);
});

test("an entry whose server isn't known waits for it; one that goes elsewhere gives way unless the other is inactive", (t) => {
  const [one, other] = [director(t), director(t)];
  if (!one || !other) return;
  configure(one.place, [0]);
  open(one.place, 3);
  const entries = told(one.table);
  const insert = (all: readonly SyncEntry[]) => other.place.inside(() => other.table.insert(all));
  assert.equal(insert(entries).unbound, 12);
  assert.equal(
    other.place.inside(() => other.table.bind()),
    12,
  );
  configure(other.place, [0, 1]);
  assert.equal(
    other.place.inside(() => other.table.bind()),
    0,
  );
  assert.deepEqual(listed(other.place), listed(one.place));

  const there = entries.find(({ virtual }) => virtual.port === 80)!;
  const elsewhere = { ...there, server: { address: IpAddress.of(serverAddress(1)), port: 80 } };
  assert.equal(insert([{ ...elsewhere, flags: elsewhere.flags | SyncFlag.inactive }]).ignored, 1);
  assert.equal(insert([elsewhere]).made, 1);
  const servers = other.place.plane.service(idOf(kinds[0]!))!.servers;
  const active = (number: number) =>
    servers.find(({ address }) => address.toString() === serverAddress(number))!.active;
  assert.deepEqual([active(0), active(1)], [1, 1]);
});

test("who stands by directs nothing, and directs again", (t) => {
  const one = director(t);
  if (!one) return;
  configure(one.place, [0]);
  const [kind] = kinds as [Kind];
  const verdict = () => send(one.place, kind, "192.168.4.10", 45_000, { syn: true }).verdict;
  one.table.standBy(true);
  assert.equal(verdict(), "pass");
  one.table.standBy(false);
  assert.equal(verdict(), "redirect");
});

test("what can't be told now waits, and what is gone before is counted", (t) => {
  const one = director(t);
  if (!one) return;
  configure(one.place, [0]);
  open(one.place, 3);
  assert.deepEqual(
    one.table.look(() => false),
    { told: 0, waiting: 12, lost: 0 },
  );
  let room = 5;
  assert.deepEqual(
    one.table.look(() => room-- > 0),
    { told: 5, waiting: 7, lost: 0 },
  );
  one.place.forget();
  assert.deepEqual(
    one.table.look(() => true),
    { told: 0, waiting: 0, lost: 7 },
  );
});

test("a table that is full takes no more, and says so", (t) => {
  const other = director(t);
  if (!other) return;
  configure(other.place, [0]);
  const many = Array.from(
    { length: 600 },
    (_, i): SyncEntry => ({
      protocol: 6,
      flags: SyncFlag.noOutput | 3,
      state: 1,
      client: { address: IpAddress.of(`10.1.${i >> 8}.${i & 255}`), port: 1000 + i },
      virtual: { address: IpAddress.of(vip), port: 80 },
      server: { address: IpAddress.of(serverAddress(0)), port: 80 },
      mark: 0,
      timeout: 900,
    }),
  );
  const { made, full } = other.place.inside(() => other.table.insert(many));
  assert.equal(made + full, 600);
  assert.ok(made > 128 && full > 0, `${made} ${full}`);
  const [server] = other.place.plane.service(idOf(kinds[0]!))!.servers;
  assert.equal(server!.active, made);
});

test("entries of IPv6, of templates and of marks are taken, and told as they came", (t) => {
  const one = director(t);
  if (!one) return;
  const ip = IpAddress.of;
  const end = (address: string, port: number) => ({ address: ip(address), port });
  const services: readonly [ServiceId, string, number][] = [
    [{ kind: "address", protocol: "tcp", address: ip("fd00::100"), port: 80 }, "fd00::50", 80],
    [{ kind: "mark", mark: 7, family: 4 }, "192.168.4.100", 0],
    [{ kind: "mark", mark: 9, family: 6 }, "fd00::51", 0],
  ];
  one.place.configure((plane) => {
    for (const [id, server, port] of services) {
      const netmask = server.includes(":") ? 128 : ip("255.255.255.255");
      const persistence = { timeout: 120, netmask };
      plane.addService({ id, scheduler: "rr", schedulerFlags: [], onePacket: false, persistence });
      const thresholds = { upperThreshold: 0, lowerThreshold: 0 };
      plane.addServer(id, { address: ip(server), port, method: "droute", weight: 1, ...thresholds });
    }
  });
  const open = SyncFlag.noOutput | 3;
  const template = open | SyncFlag.template | SyncFlag.inactive;
  const entries: SyncEntry[] = [
    {
      ...{ protocol: 6, flags: open, state: 1, mark: 0, timeout: 900 },
      ...{ client: end("fd00::9", 4000), virtual: end("fd00::100", 80), server: end("fd00::50", 80) },
    },
    {
      ...{ protocol: 6, flags: template, state: 1, mark: 0, timeout: 120 },
      ...{ client: end("fd00::9", 0), virtual: end("fd00::100", 80), server: end("fd00::50", 80) },
    },
    {
      ...{ protocol: 17, flags: open | SyncFlag.inactive, state: 0, mark: 7, timeout: 300 },
      ...{ client: end("192.168.4.10", 4000), virtual: end(vip, 99), server: end("192.168.4.100", 99) },
    },
    {
      ...{ protocol: 0, flags: template, state: 0, mark: 7, timeout: 60 },
      ...{ client: end("192.168.4.10", 0), virtual: end("0.0.0.7", 0), server: end("192.168.4.100", 0) },
    },
    {
      ...{ protocol: 0, flags: template, state: 0, mark: 9, timeout: 60 },
      ...{ client: end("fd00::9", 0), virtual: end("0:9::", 0), server: end("fd00::51", 0) },
    },
  ];
  assert.equal(one.place.inside(() => one.table.insert(entries)).made, 5);
  const text = (all: Iterable<SyncEntry>) => [...all].map((each) => JSON.stringify(each)).sort();
  assert.deepEqual(text([...one.table.all()].map(ordered)), text(entries.map(ordered)));
});

/** With its fields in one order. */
const ordered = ({
  protocol,
  flags,
  state,
  client,
  virtual,
  server,
  mark,
  timeout,
}: SyncEntry): SyncEntry => ({
  ...{ protocol, flags, state, client, virtual, server, mark, timeout },
});
