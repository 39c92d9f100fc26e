import assert from "node:assert/strict";
import { ticks } from "../../src/dataplane/xdp/layout.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { checksum, IpAddress, put16 } from "../../src/wire/index.js";
import { type Acts, play, type Scene, told } from "./scenes.js";
import { backAddress, clientAddress, fromClient, type Segment } from "./wide-place.js";

/** An endpoint as listings have it. */
const at = (address: string, port: number) =>
  address.includes(":") ? `[${IpAddress.of(address)}]:${port}` : `${address}:${port}`;
const client = ({ family }: Scene, port = 40000, number = 0) => at(clientAddress(family, number), port);
const virtual = ({ vip }: Scene, port = 80) => at(vip, port);
const server = ({ family }: Scene, number: number, port = 80) => at(backAddress(family, number), port);
/** A mark as a template's virtual address shows it. */
const marked = ({ family }: Scene, mark: number) => at(family === 4 ? `0.0.0.${mark}` : `0:${mark}::`, 0);
const mark = ({ place }: Scene, number: number, rule: object = {}) =>
  place.configure((plane) => plane.setMarkRules([{ mark: number, protocol: "any", ...rule }]));

/** Bytes of an Ethernet header. */
const frameHeader = 14;
/** Type and code of the ICMP error that a frame is. */
const icmpOf = ({ family }: Scene, frame: Uint8Array) => [
  ...frame.subarray(frameHeader + (family === 4 ? 20 : 40)).subarray(0, 2),
];
const noHost = { 4: [3, 1], 6: [1, 3] };
/** What goes out for a client's packet that must not be cut, whatever it is. */
function sentRaw(scene: Scene, segment: Segment): Uint8Array {
  const frame = fromClient({ family: scene.family, ...segment });
  if (scene.family === 4) {
    const header = frame.subarray(frameHeader, frameHeader + 20);
    put16(header, 6, 0x4000);
    put16(header, 10, 0);
    put16(header, 10, checksum(header));
  }
  const { verdict, packet } = scene.place.inside(() => scene.place.runHere(scene.hook, frame));
  assert.equal(verdict, "redirect");
  return packet;
}
const ack: Segment = { tcp: { ack: true } };
const udp: Segment = { protocol: "udp", payload: "a datagram" };
const init: Segment = { protocol: "sctp", chunks: ["init"] };

const beginnings: Acts[string] = {
  "TCP: a SYN, with ACK too, not with RST"(scene) {
    scene.place.put(scene.service(), 1);
    for (const tcp of [{ ack: true }, { rst: true }, { syn: true, rst: true }, { fin: true }, {}])
      assert.equal(scene.to({ tcp }), "pass", JSON.stringify(tcp));
    assert.equal(scene.to({ tcp: { syn: true, ack: true } }), "1:80");
    assert.equal(scene.to({ tcp: { syn: true, fin: true }, port: 40001 }), "1:80");
  },
  "sloppy_tcp: all but RST"(scene) {
    scene.place.put(scene.service(), 1);
    scene.place.tune("sloppy_tcp", 1);
    for (const [i, tcp] of [{ rst: true }, { rst: true, ack: true }, { syn: true, rst: true }].entries())
      assert.equal(scene.to({ tcp, port: i + 1 }), "pass", JSON.stringify(tcp));
    assert.equal(scene.to({ ...ack, port: 4 }), "1:80");
    assert.equal(scene.to({ tcp: { fin: true }, port: 5 }), "1:80");
    assert.equal(scene.to({ tcp: {}, port: 6 }), "1:80");
    const states = scene.place.rows().map(({ row }) => `${row.client.port} ${row.state}`);
    assert.deepEqual(states.sort(), ["4 ESTABLISHED", "5 CLOSE", "6 CLOSE"]);
  },
  "SCTP: an INIT; sloppy_sctp: all but ABORT"(scene) {
    scene.place.put(scene.service({ protocol: "sctp" }), 1);
    for (const chunk of ["data", "initAck", "cookieEcho", "abort", "shutdown"] as const)
      assert.equal(scene.to({ protocol: "sctp", chunks: [chunk] }), "pass", chunk);
    assert.equal(scene.to(init), "1:80");
    scene.place.tune("sloppy_sctp", 1);
    assert.equal(scene.to({ protocol: "sctp", chunks: ["data"], port: 2 }), "1:80");
    assert.equal(scene.to({ protocol: "sctp", chunks: ["abort"], port: 3 }), "pass");
  },
  "nobody from port 20, whatever the protocol"(scene) {
    for (const protocol of ["tcp", "udp", "sctp"] as const) {
      scene.place.put(scene.service({ protocol }), 1);
      assert.equal(scene.to({ protocol, port: 20 }), "pass", protocol);
      assert.equal(scene.to({ protocol, port: 21 }), "1:80", protocol);
    }
  },
  "services of other protocols, ports and addresses are others"(scene) {
    scene.place.put(scene.service({ protocol: "udp" }), 1);
    assert.equal(scene.to(), "pass");
    assert.equal(scene.to({ ...udp, virtualPort: 81 }), "pass");
    assert.equal(scene.to(udp), "1:80");
  },
  "no server: refused, whatever the protocol; scheduler none too"(scene) {
    for (const protocol of ["tcp", "udp", "sctp"] as const) {
      const id = scene.service({ protocol });
      assert.equal(scene.to({ protocol }), "refused", protocol);
      scene.place.put(id, 1, { weight: 0 });
      assert.equal(scene.to({ protocol }), "refused", protocol);
      scene.place.put(id, 2);
      scene.place.service({ family: scene.family, protocol, scheduler: "none" }, "editService");
      assert.equal(scene.to({ protocol }), "refused", protocol);
    }
    assert.deepEqual(scene.table, []);
  },
};

const manyPorts: Acts[string] = {
  "port 0, persistent: every port goes to itself, one server for a client"(scene) {
    const id = scene.service({ port: 0, persistent: 100 });
    scene.place.put(id, 1, { port: 0 });
    scene.place.put(id, 2, { port: 0 });
    const first = scene.to({ virtualPort: 1234 });
    assert.equal(first, "2:1234");
    assert.equal(scene.to({ virtualPort: 22 }), "2:22");
    assert.equal(scene.to({ virtualPort: 22, client: 1 }), "1:22");
    assert.equal(scene.to({ ...udp, virtualPort: 22 }), "pass");
    assert.deepEqual(
      scene.table,
      [
        `tcp NONE ${client(scene, 0)} ${virtual(scene, 0)} ${server(scene, 2, 0)}`,
        `tcp NONE ${client(scene, 0, 1)} ${virtual(scene, 0)} ${server(scene, 1, 0)}`,
        ...[
          `tcp SYN_RECV ${client(scene)} ${virtual(scene, 1234)} ${server(scene, 2, 1234)}`,
          `tcp SYN_RECV ${client(scene)} ${virtual(scene, 22)} ${server(scene, 2, 22)}`,
          `tcp SYN_RECV ${client(scene, 40000, 1)} ${virtual(scene, 22)} ${server(scene, 1, 22)}`,
        ],
      ].sort(),
    );
    const answer: Segment = { virtualPort: 1234, tcp: { syn: true, ack: true } };
    const { packet } = scene.answer(2, answer, 1234);
    assert.equal(packet.tcp?.sourcePort, 1234);
  },
  "a server's port doesn't count with port 0"(scene) {
    const id = scene.service({ port: 0, persistent: 100 });
    scene.place.put(id, 1, { port: 8080 });
    assert.equal(scene.to({ virtualPort: 1234 }), "1:1234");
    const { packet } = scene.answer(1, { virtualPort: 1234, tcp: { syn: true, ack: true } }, 1234);
    assert.equal(packet.tcp?.sourcePort, 1234);
  },
  "the service at the port itself comes first"(scene) {
    scene.place.put(scene.service({ port: 0, persistent: 100 }), 1, { port: 0 });
    scene.place.put(scene.service({ port: 80 }), 2, { port: 8080 });
    assert.equal(scene.to(), "2:8080");
    assert.equal(scene.to({ virtualPort: 81 }), "1:81");
  },
  "FTP, persistent: port 20 and free ports follow port 21"(scene) {
    const id = scene.service({ port: 21, persistent: 100 });
    scene.place.put(id, 1, { method: "droute" });
    scene.place.put(id, 2, { method: "droute" });
    assert.equal(scene.to({ virtualPort: 21 }), "2:21");
    assert.equal(scene.to({ virtualPort: 1024 }), "2:1024");
    assert.equal(scene.to({ virtualPort: 20, tcp: { syn: true, ack: true } }), "2:20");
    assert.equal(scene.to({ virtualPort: 1023 }), "pass");
    assert.equal(scene.to({ virtualPort: 22 }), "pass");
    assert.equal(scene.to({ ...udp, virtualPort: 5000 }), "pass");
    assert.equal(scene.to({ virtualPort: 5000, client: 1 }), "1:5000");
    assert.equal(scene.to({ virtualPort: 21, client: 1 }), "1:21");
    const templates = scene.table.filter((row) => row.startsWith("tcp NONE"));
    assert.deepEqual(
      templates,
      [
        `tcp NONE ${client(scene, 0)} ${virtual(scene, 0)} ${server(scene, 2, 0)}`,
        `tcp NONE ${client(scene, 0, 1)} ${virtual(scene, 0)} ${server(scene, 1, 0)}`,
      ].sort(),
    );
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 4), [3, 0, 1, 3]);
  },
  "FTP by NAT to another port: only port 21 is mapped"(scene) {
    scene.place.put(scene.service({ port: 21, persistent: 100 }), 1, { port: 2121 });
    assert.equal(scene.to({ virtualPort: 21 }), "1:2121");
    assert.equal(scene.to({ virtualPort: 3000 }), "1:3000");
    assert.equal(scene.answer(1, { virtualPort: 3000, ...ack }, 3000).packet.tcp?.sourcePort, 3000);
    assert.equal(scene.answer(1, { virtualPort: 21, ...ack }, 2121).packet.tcp?.sourcePort, 21);
  },
  "FTP, not persistent: other ports are the host's"(scene) {
    scene.place.put(scene.service({ port: 21 }), 1);
    assert.equal(scene.to({ virtualPort: 21 }), "1:21");
    assert.equal(scene.to({ virtualPort: 3000 }), "pass");
    assert.equal(scene.to({ virtualPort: 20 }), "pass");
  },
  "FTP without servers: port 21 is refused, other ports are the host's"(scene) {
    scene.service({ port: 21, persistent: 100 });
    assert.equal(scene.to({ virtualPort: 21 }), "refused");
    assert.equal(scene.to({ virtualPort: 3000 }), "pass");
    assert.deepEqual(scene.table, []);
  },
  "FTP before any port"(scene) {
    scene.place.put(scene.service({ port: 0, persistent: 100 }), 1, { port: 0 });
    scene.place.put(scene.service({ port: 21, persistent: 100 }), 2);
    assert.equal(scene.to({ virtualPort: 22 }), "1:22");
    assert.equal(scene.to({ virtualPort: 3000, client: 1 }), "2:3000");
  },
};

const marks: Acts[string] = {
  "any protocol and port; the server's port counts if it has one"(scene) {
    mark(scene, 7);
    const id = scene.service({ mark: 7 });
    scene.place.put(id, 1, { port: 0 });
    assert.equal(scene.to(), "1:80");
    assert.equal(scene.to({ virtualPort: 81 }), "1:81");
    assert.equal(scene.to({ ...udp, virtualPort: 53 }), "1:53");
    assert.equal(scene.to({ ...init, virtualPort: 9 }), "1:9");
    assert.equal(scene.answer(1, { ...udp, virtualPort: 53 }, 53).packet.udp?.sourcePort, 53);
    scene.place.put(id, 2, { port: 8080 });
    assert.equal(scene.to({ port: 40001 }), "2:8080");
    assert.equal(scene.answer(2, { port: 40001, ...ack }, 8080).packet.tcp?.sourcePort, 80);
    assert.ok(scene.table.includes(`udp UDP ${client(scene)} ${virtual(scene, 53)} ${server(scene, 1, 53)}`));
    assert.deepEqual(scene.place.countsOf(id, 1).slice(0, 5), [2, 2, 0, 4, 4]);
  },
  "before the service at the address"(scene) {
    scene.place.put(scene.service(), 1);
    scene.place.put(scene.service({ mark: 7 }), 2, { port: 0 });
    mark(scene, 7, { protocol: "tcp", ports: { from: 80, to: 90 } });
    assert.equal(scene.to(), "2:80");
    mark(scene, 7, { protocol: "tcp", ports: { from: 81, to: 90 } });
    assert.equal(scene.to({ port: 40001 }), "1:80");
    mark(scene, 8);
    assert.equal(scene.to({ port: 40002 }), "1:80");
  },
  "only a connection's first packet is asked for its mark"(scene) {
    mark(scene, 7);
    scene.place.put(scene.service({ mark: 7 }), 2, { port: 0 });
    assert.equal(scene.to(), "2:80");
    mark(scene, 8);
    assert.equal(scene.to(ack), "2:80");
    assert.equal(scene.to({ port: 40001 }), "pass");
  },
  "persistent: one template for all that has the mark"(scene) {
    mark(scene, 7);
    const id = scene.service({ mark: 7, persistent: 100 });
    scene.place.put(id, 1, { port: 8080 });
    scene.place.put(id, 2, { port: 8080 });
    assert.equal(scene.to(), "2:80", "persistence by mark never maps ports");
    assert.equal(scene.to({ virtualPort: 443 }), "2:443");
    assert.equal(scene.to({ ...udp, virtualPort: 53 }), "2:53");
    const templates = scene.table.filter((row) => row.startsWith("ip "));
    assert.deepEqual(templates, [`ip NONE ${client(scene, 0)} ${marked(scene, 7)} ${server(scene, 2, 0)}`]);
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 4), [2, 1, 1, 3]);
  },
  "marks of the other family are others"(scene) {
    mark(scene, 7);
    const other = scene.family === 4 ? 6 : 4;
    scene.place.put(scene.place.service({ mark: 7, family: other }), 1, { port: 0 });
    assert.equal(scene.to(), "pass");
  },
  "a packet that is not for this host stays the host's"(scene) {
    mark(scene, 7);
    scene.place.put(scene.service({ mark: 7 }), 1, { port: 0 });
    assert.equal(scene.to({ to: clientAddress(scene.family, 9) }), "pass");
  },
};

const persistence: Acts[string] = {
  "one server for a client, whatever its port; others take turns"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2, 3]) scene.place.put(id, number, { port: 8080 });
    assert.equal(scene.to({ port: 1 }), "3:8080");
    assert.equal(scene.to({ port: 2 }), "3:8080");
    assert.equal(scene.to({ port: 1, client: 1 }), "2:8080");
    assert.equal(scene.to({ port: 3 }), "3:8080");
    assert.deepEqual(
      scene.table.filter((row) => row.includes("NONE")),
      [
        `tcp NONE ${client(scene, 0)} ${virtual(scene)} ${server(scene, 3, 8080)}`,
        `tcp NONE ${client(scene, 0, 1)} ${virtual(scene)} ${server(scene, 2, 8080)}`,
      ].sort(),
    );
    assert.deepEqual(scene.place.countsOf(id, 3).slice(0, 4), [3, 0, 1, 3]);
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 4), [1, 0, 1, 1]);
  },
  "one server for a client's network"(scene) {
    const netmask = scene.family === 4 ? "255.255.255.0" : 120;
    const id = scene.service({ persistent: 100, netmask });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to({ client: 5 }), "2:80");
    assert.equal(scene.to({ client: 200 }), "2:80");
    assert.equal(scene.to({ client: 300 }), "1:80");
    const networks = scene.family === 4 ? ["172.16.0.0", "172.16.1.0"] : ["fd00:ac::", "fd00:ac::100"];
    const templates = scene.table.filter((row) => row.includes("NONE"));
    for (const network of networks)
      assert.ok(
        templates.some((row) => row.startsWith(`tcp NONE ${at(network, 0)} `)),
        network,
      );
  },
  "protocols have templates of their own"(scene) {
    for (const protocol of ["tcp", "udp", "sctp"] as const) {
      const id = scene.service({ protocol, persistent: 100 });
      for (const number of [1, 2]) scene.place.put(id, number);
      assert.equal(scene.to({ protocol }), "2:80");
      assert.equal(scene.to({ protocol, port: 2 }), "2:80");
      assert.equal(scene.to({ protocol, client: 1 }), "1:80");
    }
    assert.equal(scene.table.filter((row) => row.includes("NONE")).length, 6);
  },
  "assured when a connection is established, and for good"(scene) {
    const id = scene.service({ persistent: 100 });
    scene.place.put(id, 1);
    const template = () =>
      scene.table.filter((row) => row.includes(`${client(scene, 0)} `))[0]?.split(" ")[1];
    scene.send();
    assert.equal(template(), "NONE");
    scene.send(ack);
    assert.equal(template(), "ASSURED");
    scene.send({ tcp: { rst: true } });
    assert.equal(template(), "ASSURED");
  },
  "UDP: assured when the server answers; by DR never"(scene) {
    const id = scene.service({ protocol: "udp", persistent: 100 });
    const template = (port: number) =>
      scene.table
        .filter((row) => row.includes(virtual(scene, port)) && !row.includes(" UDP "))[0]
        ?.split(" ")[1];
    scene.place.put(id, 1);
    scene.send(udp);
    scene.send(udp);
    assert.equal(template(80), "NONE");
    scene.answer(1, udp, 80);
    assert.equal(template(80), "ASSURED");
    scene.place.put(scene.service({ protocol: "udp", port: 81, persistent: 100 }), 1, { method: "droute" });
    scene.send({ ...udp, virtualPort: 81 });
    scene.send({ ...udp, virtualPort: 81 });
    assert.equal(template(81), "NONE");
  },
  "weight 0: the client stays, unless expire_quiescent_template says otherwise"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to({ port: 1 }), "2:80");
    scene.place.put(id, 2, { weight: 0 }, "editServer");
    assert.equal(scene.to({ port: 2 }), "2:80");
    scene.place.tune("expire_quiescent_template", 1);
    assert.equal(scene.to({ port: 3 }), "1:80");
    assert.equal(scene.to({ port: 4 }), "1:80");
    assert.equal(scene.to({ port: 2, ...ack }), "2:80", "connections go on");
    assert.deepEqual(
      scene.table.filter((row) => row.includes(`${client(scene, 0)} `)),
      [
        `tcp ASSURED ${client(scene, 0)} ${virtual(scene, 65535)} ${server(scene, 2, 65535)}`,
        `tcp NONE ${client(scene, 0)} ${virtual(scene)} ${server(scene, 1)}`,
      ],
    );
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 3), [2, 0, 1], "it counts until it is over");
  },
  "a server that is overloaded keeps its clients"(scene) {
    const id = scene.service({ persistent: 100 });
    scene.place.put(id, 1, { upper: 1 });
    assert.equal(scene.to({ port: 1 }), "1:80");
    assert.equal(scene.to({ port: 2 }), "1:80");
    assert.equal(scene.to({ client: 1 }), "refused");
    assert.equal(scene.table.length, 3, "no template for who is refused");
  },
  "a removed server: the client gets another one, the old template another name"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to({ port: 1 }), "2:80");
    scene.place.take(id, 2);
    assert.equal(scene.to({ port: 1 }), "drop");
    assert.equal(scene.to({ port: 2 }), "1:80");
    const names = () => scene.table.filter((row) => row.includes(`${client(scene, 0)} `));
    const old = `tcp NONE ${client(scene, 0)} ${virtual(scene, 65535)} ${server(scene, 2, 65535)}`;
    const fresh = `tcp NONE ${client(scene, 0)} ${virtual(scene)} ${server(scene, 1)}`;
    assert.deepEqual(names(), [old, fresh].sort());
    // Back again: its connections go on, and the client stays where it is.
    scene.place.put(id, 2);
    assert.equal(scene.to({ port: 1, ...ack }), "2:80");
    assert.equal(scene.to({ port: 3 }), "1:80");
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 3), [1, 0, 1]);
  },
  "a removed server that came back before anybody asked keeps its clients"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to({ port: 1 }), "2:80");
    scene.place.take(id, 2);
    scene.place.put(id, 2);
    assert.equal(scene.to({ port: 2 }), "2:80");
  },
  "a template whose time is over goes when it has no connections"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to({ port: 1 }), "2:80");
    scene.expire(`${client(scene, 1)} `);
    scene.expire(`${client(scene, 0)} `);
    assert.equal(scene.to({ port: 1 }), "1:80");
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 3), [0, 0, 0]);
  },
  "a template whose time is over stays while it has connections, a minute at a time"(scene) {
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    const rest = () => scene.place.rows().find(({ row }) => row.template)?.row.expires;
    assert.equal(scene.to({ port: 1 }), "2:80");
    assert.ok(Math.abs(rest()! - 100) <= 1, `${rest()}`);
    scene.rest(`${client(scene, 0)} `, 10);
    assert.equal(scene.to({ port: 1, ...ack }), "2:80");
    assert.ok(rest()! <= 10, "packets don't give it more time");
    assert.equal(scene.to({ port: 2 }), "2:80");
    assert.ok(Math.abs(rest()! - 100) <= 1, "a connection does");
    scene.expire(`${client(scene, 0)} `);
    assert.equal(scene.to({ port: 3 }), "2:80");
    assert.ok(Math.abs(rest()! - 60) <= 1, `once over it gets a minute only: ${rest()}`);
  },
  "another timeout counts for new templates only"(scene) {
    const id = scene.service({ persistent: 100 });
    scene.place.put(id, 1);
    const rest = (number: number) =>
      scene.place
        .rows()
        .find(
          ({ row }) => row.template && row.client.address.toString() === clientAddress(scene.family, number),
        )?.row.expires;
    scene.send({ port: 1 });
    scene.place.service({ family: scene.family, persistent: 300 }, "editService");
    scene.send({ port: 2 });
    assert.ok(Math.abs(rest(0)! - 100) <= 1, `${rest(0)}`);
    scene.send({ client: 1 });
    assert.ok(Math.abs(rest(1)! - 300) <= 1, `${rest(1)}`);
  },
  "a controlled connection isn't scheduled anew"(scene) {
    const id = scene.service({ persistent: 100 });
    scene.place.put(id, 1);
    scene.send();
    scene.send({ tcp: { rst: true } });
    assert.equal(scene.to(), "1:80");
    assert.deepEqual(scene.place.countsOf(id, 1).slice(0, 5), [1, 0, 1, 1, 3]);
  },
};

const onePacket: Acts[string] = {
  "every datagram is a connection, none is remembered"(scene) {
    const id = scene.service({ protocol: "udp", onePacket: true });
    for (const number of [1, 2]) scene.place.put(id, number, { port: 5353 });
    assert.deepEqual([scene.to(udp), scene.to(udp), scene.to(udp)], ["2:5353", "1:5353", "2:5353"]);
    assert.deepEqual(scene.table, []);
    const length = scene.family === 4 ? 38 : 58;
    assert.deepEqual(scene.place.countsOf(id, 2), [0, 0, 0, 2, 2, 2 * length, 0, 0]);
    assert.equal(told(scene.answer(1, udp, 5353)), "pass", "an answer is nobody's");
  },
  "with persistence: a template, and one server"(scene) {
    const id = scene.service({ protocol: "udp", onePacket: true, persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number, { port: 5353 });
    assert.deepEqual([scene.to(udp), scene.to({ ...udp, port: 2 })], ["2:5353", "2:5353"]);
    assert.deepEqual(scene.table, [
      `udp NONE ${client(scene, 0)} ${virtual(scene)} ${server(scene, 2, 5353)}`,
    ]);
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 5), [0, 0, 1, 2, 2]);
  },
  "by mark: the packet's port if the server has none; TCP as ever"(scene) {
    mark(scene, 7);
    const id = scene.service({ mark: 7, onePacket: true });
    scene.place.put(id, 1, { port: 0 });
    assert.equal(scene.to({ ...udp, virtualPort: 53 }), "1:53");
    assert.deepEqual(scene.table, []);
    assert.equal(scene.to({ virtualPort: 53 }), "1:53");
    assert.equal(scene.table.length, 1);
  },
  "by mark, persistent: the packet's port"(scene) {
    mark(scene, 7);
    scene.place.put(scene.service({ mark: 7, onePacket: true, persistent: 100 }), 1, { port: 5353 });
    assert.equal(scene.to({ ...udp, virtualPort: 53 }), "1:53");
  },
  "the last hop"(scene) {
    const id = scene.service({ protocol: "udp", onePacket: true });
    scene.place.put(id, 1);
    assert.equal(scene.to({ ...udp, ttl: 1 }), "refused");
    assert.deepEqual(scene.place.countsOf(id, 1).slice(0, 5), [0, 0, 0, 1, 1]);
  },
};

const reuse: Acts[string] = {
  "conn_reuse_mode 1: a SYN in TIME_WAIT and CLOSE"(scene) {
    const id = scene.service();
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to(), "2:80");
    scene.send(ack);
    scene.send({ tcp: { rst: true } });
    assert.equal(scene.to(), "1:80");
    scene.send({ tcp: { fin: true } });
    assert.equal(scene.place.rows()[0]?.row.state, "TIME_WAIT");
    assert.equal(scene.to(), "2:80");
    assert.equal(scene.to(), "2:80", "not in SYN_RECV");
    scene.send(ack);
    assert.equal(scene.to(), "2:80", "not in ESTABLISHED");
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 4), [1, 0, 0, 2]);
    assert.equal(scene.table.length, 1);
  },
  "conn_reuse_mode 0: it stays"(scene) {
    const id = scene.service();
    for (const number of [1, 2]) scene.place.put(id, number);
    scene.place.tune("conn_reuse_mode", 0);
    scene.send();
    scene.send(ack);
    scene.send({ tcp: { rst: true } });
    assert.equal(scene.to(), "2:80");
  },
  "conn_reuse_mode 2: in FIN_WAIT too, where answers aren't seen"(scene) {
    for (const [method, port, next] of [
      ["droute", 80, "1:80"],
      ["masq", 81, "2:81"],
    ] as const) {
      const id = scene.service({ port });
      for (const number of [1, 2]) scene.place.put(id, number, { method });
      const say = (tcp: object) => scene.to({ virtualPort: port, tcp });
      const half = () => {
        say({ ack: true });
        if (method === "masq") scene.answer(2, { virtualPort: port, tcp: { fin: true } }, port);
        else say({ fin: true });
        const row = scene.place.rows().find(({ row }) => row.virtual.port === port)?.row;
        assert.equal(row?.state, "FIN_WAIT", method);
      };
      assert.equal(say({ syn: true }), `2:${port}`);
      half();
      assert.equal(say({ syn: true }), `2:${port}`);
      half();
      scene.place.tune("conn_reuse_mode", 2);
      assert.equal(say({ syn: true }), next);
      scene.place.tune("conn_reuse_mode", 1);
    }
  },
  "SCTP: an INIT when closed"(scene) {
    const id = scene.service({ protocol: "sctp" });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to(init), "2:80");
    assert.equal(scene.to(init), "2:80");
    scene.send({ protocol: "sctp", chunks: ["abort"] });
    assert.equal(scene.place.rows()[0]?.row.state, "CLOSED");
    assert.equal(scene.to(init), "1:80");
  },
  "weight 0: connections go on; expire_nodest_conn: a SYN goes elsewhere"(scene) {
    const id = scene.service();
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.equal(scene.to(), "2:80");
    scene.place.put(id, 2, { weight: 0 }, "editServer");
    assert.equal(scene.to(), "2:80");
    scene.place.tune("expire_nodest_conn", 1);
    assert.equal(scene.to(ack), "2:80");
    assert.equal(scene.to(), "1:80");
  },
  "UDP from the same port stays with its server"(scene) {
    const id = scene.service({ protocol: "udp" });
    for (const number of [1, 2]) scene.place.put(id, number);
    assert.deepEqual([scene.to(udp), scene.to(udp), scene.to({ ...udp, port: 2 })], ["2:80", "2:80", "1:80"]);
    scene.expire(`${client(scene)} `);
    assert.deepEqual([scene.to(udp)], ["2:80"]);
    assert.deepEqual(scene.place.countsOf(id, 2).slice(0, 5), [0, 1, 0, 2, 3]);
  },
};

const gone: Acts[string] = {
  "silence; nothing is counted"(scene) {
    for (const [protocol, method] of [
      ["tcp", "masq"],
      ["udp", "droute"],
      ["sctp", "masq"],
    ] as const) {
      const id = scene.service({ protocol });
      for (const number of [1, 2]) scene.place.put(id, number, { method });
      assert.equal(scene.to({ protocol }), "2:80");
      scene.place.take(id, 2);
      const before = scene.place.counted();
      assert.equal(scene.to({ protocol }), "drop");
      assert.equal(scene.to({ protocol, tcp: { ack: true }, chunks: ["data"] }), "drop");
      assert.equal(scene.place.counted(), before);
      assert.equal(scene.to({ protocol, port: 2 }), "1:80");
      const { counters, servers } = scene.place.status(id);
      assert.equal(servers.length, 1);
      assert.equal(counters.connections, 2n, "the service remembers");
      scene.place.put(id, 2, { method });
      assert.equal(scene.to({ protocol, tcp: { ack: true }, chunks: ["data"] }), "2:80");
      assert.deepEqual(scene.place.countsOf(id, 2).slice(3, 5), [1, 2]);
      assert.equal(scene.place.status(id).counters.connections, 2n);
    }
  },
  "expire_nodest_conn: a SYN is scheduled anew, others are the host's"(scene) {
    const id = scene.service();
    for (const number of [1, 2]) scene.place.put(id, number);
    scene.send({ port: 1 });
    scene.send({ port: 2 });
    scene.send({ port: 3 });
    scene.place.take(id, 2);
    scene.place.tune("expire_nodest_conn", 1);
    assert.equal(scene.to({ port: 1 }), "1:80");
    assert.equal(scene.to({ port: 3, ...ack }), "pass");
    assert.equal(scene.to({ port: 2, ...ack }), "1:80", "others go on");
    assert.equal(scene.table.length, 2);
  },
  "expire_nodest_conn at the removal: its connections and templates end at once"(scene) {
    scene.place.tune("expire_nodest_conn", 1);
    const id = scene.service({ persistent: 100 });
    for (const number of [1, 2]) scene.place.put(id, number);
    scene.send();
    scene.send({ client: 1 });
    scene.place.take(id, 2);
    assert.deepEqual(
      scene.table.filter((row) => row.includes(server(scene, 2))),
      [],
    );
    assert.equal(scene.table.length, 2);
  },
  "the service that is made anew counts from zero"(scene) {
    const id = scene.service();
    scene.place.put(id, 1, { port: 8080 });
    scene.send();
    scene.answer(1, ack, 8080);
    scene.service({ port: 81 });
    scene.place.configure((plane) => plane.deleteService(id));
    assert.equal(scene.to(ack), "drop");
    scene.service();
    assert.equal(scene.to(ack), "drop");
    scene.place.put(id, 1, { port: 8080 });
    assert.deepEqual(scene.place.countsOf(id, 1), [1, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(scene.to(ack), "1:8080");
    assert.deepEqual(scene.place.countsOf(id, 1).slice(3, 5), [0, 1]);
  },
};

const thresholds: Acts[string] = {
  "full at the upper one, open again below the lower one"(scene) {
    const id = scene.service();
    scene.place.put(id, 1, { upper: 4, lower: 2 });
    for (const port of [1, 2, 3, 4]) assert.equal(scene.to({ port }), "1:80");
    assert.equal(scene.to({ port: 5 }), "refused");
    assert.equal(scene.to({ port: 1, ...ack }), "1:80");
    const end = (port: number) => {
      scene.expire(`${client(scene, port)} `);
      assert.equal(scene.to({ port, ...ack }), "pass");
    };
    end(1);
    end(2);
    assert.equal(scene.to({ port: 5 }), "refused");
    end(3);
    assert.equal(scene.to({ port: 5 }), "1:80");
  },
  "without a lower one at three quarters"(scene) {
    const id = scene.service();
    scene.place.put(id, 1, { upper: 4 });
    for (const port of [1, 2, 3, 4]) assert.equal(scene.to({ port }), "1:80");
    scene.expire(`${client(scene, 1)} `);
    scene.send({ port: 1, ...ack });
    assert.equal(scene.to({ port: 5 }), "refused");
    scene.expire(`${client(scene, 2)} `);
    scene.send({ port: 2, ...ack });
    assert.equal(scene.to({ port: 5 }), "1:80");
  },
  "others take over"(scene) {
    const id = scene.service();
    scene.place.put(id, 1);
    scene.place.put(id, 2, { upper: 1 });
    assert.deepEqual(
      [1, 2, 3].map((port) => scene.to({ port })),
      ["2:80", "1:80", "1:80"],
    );
  },
  "changed limits count at once; between the two nothing changes"(scene) {
    const id = scene.service();
    scene.place.put(id, 1);
    for (const port of [1, 2, 3]) scene.send({ port });
    scene.place.put(id, 1, { upper: 3, lower: 1 }, "editServer");
    assert.equal(scene.to({ port: 4 }), "refused");
    scene.place.put(id, 1, { upper: 5, lower: 2 }, "editServer");
    assert.equal(scene.to({ port: 4 }), "refused", "still");
    scene.place.put(id, 1, { upper: 8, lower: 4 }, "editServer");
    assert.equal(scene.to({ port: 4 }), "1:80");
  },
};

const own: Acts[string] = {
  "packets are the host's, and counted"(scene) {
    for (const protocol of ["tcp", "udp", "sctp"] as const) {
      const id = scene.service({ protocol });
      const address = IpAddress.of(scene.family === 4 ? "192.168.4.5" : "fd00:4::5");
      scene.place.configure((plane) =>
        plane.addServer(id, {
          address,
          port: 80,
          method: "droute",
          weight: 1,
          upperThreshold: 0,
          lowerThreshold: 0,
        }),
      );
      assert.equal(scene.to({ protocol }), "pass");
      assert.equal(scene.to({ protocol, ttl: 1 }), "pass", "no hop is taken");
      const [status] = scene.place.status(id).servers;
      assert.deepEqual(
        [status?.method, status?.counters.connections, status?.counters.inPackets],
        ["droute", 1n, 2n],
      );
    }
    assert.equal(scene.table.length, 3);
  },
};

const changedMethods: Acts[string] = {
  "a connection keeps the method that it began with"(scene) {
    const id = scene.service();
    scene.place.put(id, 1, { method: "droute" });
    assert.equal(scene.to({ port: 1 }), "1:80");
    scene.place.put(id, 1, { method: "masq" }, "editServer");
    assert.equal(scene.to({ port: 2 }), "1:80");
    const goesTo = (port: number) => {
      const { ipv4, ipv6 } = scene.send({ port, ...ack }).packet;
      return (ipv4 ?? ipv6)?.destination.toString();
    };
    assert.equal(goesTo(1), IpAddress.of(scene.vip).toString());
    assert.equal(goesTo(2), IpAddress.of(backAddress(scene.family, 1)).toString());
    scene.place.put(id, 1, { method: "droute" }, "editServer");
    assert.equal(goesTo(2), IpAddress.of(backAddress(scene.family, 1)).toString());
  },
  "in a tunnel or not: that stays, too"(scene) {
    const id = scene.service();
    const edit = (method: "droute" | "masq" | "tunnel") => scene.place.put(id, 1, { method }, "editServer");
    scene.place.put(id, 1, { method: "tunnel" });
    const lengthOf = (port: number, segment: Segment = ack) => sentRaw(scene, { port, ...segment }).length;
    const [plain, outer] = [
      fromClient({ family: scene.family, ...ack }).length,
      scene.family === 4 ? 20 : 40,
    ];
    const syn: Segment = { tcp: { syn: true } };
    assert.equal(lengthOf(1, syn), plain + outer);
    for (const method of ["droute", "masq"] as const) {
      edit(method);
      assert.equal(lengthOf(1), plain + outer, method);
      assert.equal(lengthOf(2, syn), plain, method);
      edit("tunnel");
      assert.equal(lengthOf(2), plain, method);
      assert.equal(lengthOf(1), plain + outer, method);
      assert.equal(scene.send({ port: 2, tcp: { rst: true } }).verdict, "redirect");
    }
    // What fits depends on the connection, not on what the server is now.
    const payload = "x".repeat(1500 - (plain - frameHeader));
    for (const method of ["tunnel", "droute"] as const) {
      edit(method);
      assert.equal(scene.send({ port: 2, ...ack, payload }).bytes.length, 1500 + frameHeader, method);
    }
    const before = scene.place.events().too_big;
    sentRaw(scene, { port: 1, ...ack, payload });
    assert.equal(scene.place.events().too_big, before + 1);
  },
};

const tellings: Acts[string] = {
  "a server that nobody answers for: silence for as long as the kernel asks, then host unreachable"(scene) {
    const dead = 9;
    for (const method of ["droute", "masq"] as const) {
      scene.place.reset();
      const id = scene.service();
      scene.place.put(id, dead, { method });
      const server = scene.place.state.servers.at(0);
      const silentFor = (seconds: number) => {
        server.silentSince = (tickNow() - ticks(seconds)) >>> 0;
      };
      assert.equal(scene.to(), "drop");
      silentFor(1);
      assert.equal(scene.to(), "drop");
      assert.equal(scene.to(), "drop", "it may answer yet");
      silentFor(3);
      assert.deepEqual(icmpOf(scene, sentRaw(scene, { tcp: { syn: true } })), noHost[scene.family]);
      assert.equal(scene.place.countsOf(id, dead)[6], 1, method);
      const next = { port: 40001 };
      assert.deepEqual([scene.to(next), scene.to(next)], ["drop", "drop"], "another client has to wait, too");
      assert.deepEqual(icmpOf(scene, sentRaw(scene, { ...next, tcp: { syn: true } })), noHost[scene.family]);
      assert.equal(scene.place.events().no_route, 7);
    }
  },
  "a server to which no route leads: host unreachable"(scene) {
    for (const [method, isSeen] of [
      ["droute", true],
      ["masq", false],
    ] as const) {
      scene.place.reset();
      const id = scene.service();
      const address = IpAddress.of(scene.family === 4 ? "198.51.100.1" : "fd99::1");
      scene.place.configure((plane) =>
        plane.addServer(id, { address, port: 80, method, weight: 1, upperThreshold: 0, lowerThreshold: 0 }),
      );
      assert.deepEqual(icmpOf(scene, sentRaw(scene, { tcp: { syn: true } })), noHost[scene.family]);
      const [status] = scene.place.status(id).servers;
      assert.deepEqual([status?.inactive, status?.active], [0, 1]);
      assert.equal(Number(status?.counters.outPackets), isSeen ? 1 : 0);
    }
  },
  "what the client is told counts as an answer, unless it is by NAT"(scene) {
    const head = scene.family === 4 ? 28 : 48;
    const length = fromClient({ family: scene.family, ...ack }).length - frameHeader;
    const most = scene.family === 4 ? 576 : 1280;
    for (const [method, isSeen] of [
      ["droute", true],
      ["tunnel", true],
      ["masq", false],
    ] as const) {
      scene.place.reset();
      const id = scene.service();
      scene.place.put(id, 1, { method });
      const out = () => scene.place.countsOf(id, 1).slice(6);
      const tell = (segment: Segment) => sentRaw(scene, segment);
      tell({ tcp: { syn: true } });
      assert.deepEqual(out(), [0, 0], method);
      tell({ ...ack, ttl: 1 });
      assert.deepEqual(out(), isSeen ? [1, head + length] : [0, 0], method);
      const quote = tell({ ...ack, payload: "x".repeat(2000) });
      assert.deepEqual(out(), isSeen ? [2, head + length + most] : [0, 0], method);
      // The packet that is quoted has lost a hop already.
      assert.equal(quote[frameHeader + head + (scene.family === 4 ? 8 : 7)], 63);
    }
  },
};

play({
  "which packets begin a connection": beginnings,
  "services for many ports": manyPorts,
  "services by mark": marks,
  persistence,
  "one packet at a time": onePacket,
  "connections that are used again": reuse,
  "servers that are gone": gone,
  thresholds,
  "servers on the director itself": own,
  "methods that are changed": changedMethods,
  "what clients are told": tellings,
});
