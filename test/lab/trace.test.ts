import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { HostNetwork, resetDirector, Trace, type TracedPacket } from "../../src/dataplane/xdp/index.js";
import { ticks } from "../../src/dataplane/xdp/layout.js";
import { xdpSchedulers } from "../../src/dataplane/xdp/schedulers/index.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { filterOf, type TraceWanted } from "../../src/dataplane/xdp/trace.js";
import { closeTrace, openTrace } from "../../src/dataplane/xdp/trace-pins.js";
import { endpointText, type ServiceId } from "../../src/ipvs/model.js";
import { parsePrefix } from "../../src/ipvs/prefix.js";
import { ReadySet } from "../../src/sys/index.js";
import { decodePacket, IpAddress } from "../../src/wire/index.js";
import { choosers } from "../support/scheduler-model.js";
import { hooks } from "./director-place.js";
import {
  backAddress,
  clientAddress,
  families,
  fromClient,
  fromServer,
  type Segment,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

type Hook = (typeof hooks)[number];

/** A trace in a place; its packets come when it is ended. */
function tracing(t: TestContext, place: WidePlace, hook: Hook, limit = 1_000_000) {
  const ready = new ReadySet();
  const host = place.inside(() => new HostNetwork());
  t.after(() => {
    host.close();
    ready.close();
  });
  const packets: TracedPacket[] = [];
  const lost: number[] = [];
  const trace = place.inside(
    () =>
      new Trace(place.state, host, ready, {
        wanted: { limit },
        onPacket: (packet) => packets.push(packet),
        onLost: (count) => lost.push(count),
        onGone: () => assert.fail("the director is still there"),
      }),
  );
  place.reload();
  place.program(hook);
  // To load it may have taken longer than a trace lasts that stands still.
  place.state.settings.capturing = (tickNow() + ticks(60)) >>> 0;
  return {
    packets,
    lost,
    /** Other packets are wanted from now on. */
    want(wanted: Partial<TraceWanted>) {
      const maps = place.inside(() => openTrace(place.state))!;
      maps["trace_filter"]!.memory({ write: true }).bytes.set(filterOf({ limit, ...wanted }));
      closeTrace(maps);
    },
    end() {
      const ended = place.inside(() => trace.stop());
      place.reload();
      return ended;
    },
  };
}

/** Who stands still for ten seconds is taken for dead: the trace has to say now and then that it is there. */
const aTurn = () => new Promise<void>((resolve) => setTimeout(resolve));

const syn = (segment: Segment = {}) => fromClient({ tcp: { syn: true }, ...segment });
const address = (text: string | undefined) => text && IpAddress.of(text).toString();

/** The load by which a scheduler compares, written once more. */
const loads: Readonly<Record<string, (active: number, inactive: number, weight: number) => number>> = {
  lc: (a, i) => 257 * a + i,
  wlc: (a, i, w) => (257 * a + i) / w,
  sed: (a, _, w) => (a + 1) / w,
  nq: (a, _, w) => (a + 1) / w,
  lblc: (a, i, w) => (257 * a + i) / w,
  lblcr: (a, i, w) => (257 * a + i) / w,
  twos: (a, i, w) => (257 * a + i) / w,
};

// Schedulers know nothing of hooks.
for (const hook of ["xdp"] as const)
  test(`${hook}: what a trace tells of a choice is what was there, and whom it names got the packet`, async (t) => {
    const place = widePlace(t, 256);
    if (!place) return;
    const weights = [3, 1, 0, 2, 1];
    const running = tracing(t, place, hook);
    const expected: {
      scheduler: string;
      list: unknown[];
      to: string | undefined;
      model: string | undefined;
    }[] = [];
    for (const { name: scheduler } of xdpSchedulers) {
      await aTurn();
      place.reset();
      const id = place.service({ scheduler });
      for (const [number, weight] of weights.entries())
        place.put(id, number, { method: "droute", weight, ...(number === 4 && { upper: 2 }) });
      for (let client = 0; client < 10; client++) {
        const { servers } = place.status(id);
        const list = servers.map(({ address, weight, active, inactive, upperThreshold: upper }) => {
          const refused =
            weight === 0
              ? "weight 0"
              : upper > 0 && active + inactive >= upper
                ? "over its threshold"
                : scheduler === "ovf" && active > weight
                  ? "more active than its weight"
                  : undefined;
          const load = refused ? undefined : loads[scheduler]?.(active, inactive, weight);
          return [`${address}`, weight, active, inactive, refused, load];
        });
        const seen = servers.map((one, number) => ({
          number,
          weight: one.weight,
          lastWeight: one.weight,
          overloaded: list[number]![4] === "over its threshold",
          listed: true,
          active: one.active,
          inactive: one.inactive,
          address: foldedOf(one.address),
          port: one.port,
        }));
        const request = {
          client: foldedOf(IpAddress.of(clientAddress(4, client))),
          destination: foldedOf(IpAddress.of("192.168.4.15")),
          port: 40000,
        };
        // sh and mh with a server of weight 0 keep its places: the model wants what it was.
        const model =
          scheduler in choosers && scheduler !== "mh"
            ? choosers[scheduler as "sh"](seen, request, 0)
            : undefined;
        const { server } = place.send(hook, syn({ client }));
        const to = server === undefined ? undefined : backAddress(4, server);
        expected.push({
          scheduler,
          list,
          to,
          model:
            scheduler in choosers && scheduler !== "mh"
              ? model
                ? `${servers[model.number]!.address}`
                : "nobody"
              : undefined,
        });
        if (client % 3 === 0) place.send(hook, fromClient({ tcp: { ack: true }, client }));
      }
    }
    assert.deepEqual(running.end(), { lost: 0, paused: 0 });
    const choices = running.packets.flatMap((packet) => (packet.choice ? [packet] : []));
    assert.equal(choices.length, expected.length);
    for (const [i, { choice, server, entry, reason }] of choices.entries()) {
      const { scheduler, list, to, model } = expected[i]!;
      assert.equal(choice!.scheduler, scheduler);
      assert.deepEqual(
        choice!.candidates.map((one) => [
          `${one.server.address}`,
          one.weight,
          one.active,
          one.inactive,
          one.refused,
          one.load,
        ]),
        list,
        `${scheduler}, connection ${i}`,
      );
      const winner = choice!.winner && `${choice!.winner.server.address}`;
      assert.equal(winner, to);
      assert.equal(server && `${server.address}`, to);
      if (model) assert.equal(winner ?? "nobody", model, `${scheduler}: ${choice!.why}`);
      assert.doesNotMatch(choice!.why, /what was read|next bucket|undefined|NaN/, scheduler);
      assert.deepEqual([entry, reason], to ? ["made", undefined] : ["none", "no_server"]);
    }
  });

const foldedOf = (address: IpAddress): number =>
  new DataView(address.bytes.buffer, address.bytes.byteOffset).getUint32(0);

for (const hook of hooks)
  test(`${hook}: a packet's way: table, rewriting, template, why it went nowhere`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    const running = tracing(t, place, hook);
    const told: Record<string, TracedPacket[]> = {};
    const scenes: [string, (place: WidePlace, hook: Hook) => void][] = [];
    const scene = (name: string, work: () => void) => scenes.push([name, work]);

    scene("life", () => {
      place.put(place.service({}), 1, { method: "droute" });
      const send = (tcp: Segment["tcp"]) => place.send(hook, syn({ tcp: tcp! }));
      send({ syn: true });
      send({ ack: true });
      send({ fin: true, ack: true });
      place.expireIn(place.all()[0]!.slot, -1);
      send({ syn: true });
    });
    for (const family of families)
      scene(`nat${family}`, () => {
        place.put(place.service({ family }), 2, { method: "masq", port: 8080 });
        place.send(hook, syn({ family }));
        place.send(hook, fromServer(2, { family, tcp: { syn: true, ack: true } }, 8080), "back");
      });
    scene("tunnel", () => {
      place.put(place.service({}), 3, { method: "tunnel" });
      place.inside(() => place.runHere(hook, syn()));
    });
    scene("template", () => {
      place.put(place.service({ persistent: 300, netmask: "255.255.255.0" }), 4, { method: "droute" });
      place.send(hook, syn({ port: 1 }));
      place.send(hook, syn({ port: 2 }));
    });
    scene("datagram", () => {
      place.put(place.service({ protocol: "udp", onePacket: true }), 4, { method: "droute" });
      place.send(hook, fromClient({ protocol: "udp", payload: "a" }));
    });
    scene("nowhere", () => {
      const id = place.service({});
      place.send(hook, syn({ port: 1 }));
      place.put(id, 1, { method: "droute" });
      place.send(hook, syn({ port: 2, ttl: 1 }));
      place.send(hook, syn({ port: 3, tcp: { ack: true } }));
      place.send(hook, syn({ port: 4 }));
      place.take(id, 1);
      place.send(hook, syn({ port: 4, tcp: { ack: true } }));
      place.send(hook, syn({ virtualPort: 99 }));
    });
    scene("all", () => {
      running.want({ all: true });
      place.service({});
      place.send(hook, syn({ port: 3, tcp: { ack: true } }));
      place.send(hook, syn({ virtualPort: 99 }));
      running.want({});
    });
    const marks: number[] = [];
    // The ring keeps order: how many came of each is counted by the reader, so each scene ends with a packet of its own.
    for (const [, work] of scenes) {
      await aTurn();
      place.reset();
      work(place, hook);
      place.put(place.service({ port: 7 }), 0, { method: "droute" });
      place.send(hook, syn({ virtualPort: 7 }));
    }
    assert.deepEqual(running.end(), { lost: 0, paused: 0 });
    for (const [i, { flow }] of running.packets.entries()) if (flow?.virtual.port === 7) marks.push(i);
    assert.equal(marks.length, scenes.length);
    for (const [i, [name]] of scenes.entries())
      told[name] = running.packets.slice(i === 0 ? 0 : marks[i - 1]! + 1, marks[i]);

    const table = (name: string) =>
      told[name]!.map(({ entry, before, after }) => [entry, before?.state, after?.state]);
    assert.deepEqual(table("life"), [
      ["made", undefined, "SYN_RECV"],
      ["found", "SYN_RECV", "ESTABLISHED"],
      ["found", "ESTABLISHED", "FIN_WAIT"],
      ["renewed", "FIN_WAIT", "SYN_RECV"],
    ]);
    const [, established, closing, again] = told["life"]!;
    assert.deepEqual([established!.before!.active, closing!.after!.active], [true, false]);
    assert.ok(Math.abs(established!.after!.seconds - 900) < 1 && again!.before!.seconds < 0);

    for (const family of families) {
      const [there, back] = told[`nat${family}`]!;
      const vip = family === 4 ? "192.168.4.15" : "fd00:4::15";
      const ends = ({ left }: TracedPacket) => {
        const { ipv4, ipv6, tcp } = decodePacket(left!.bytes)!;
        const ip = ipv4 ?? ipv6!;
        return [`${ip.source}`, tcp!.sourcePort, `${ip.destination}`, tcp!.destinationPort];
      };
      const [client, server] = [clientAddress(family), backAddress(family, 2)].map(address);
      assert.deepEqual(ends(there!), [client, 40000, server, 8080]);
      assert.deepEqual(ends(back!), [address(vip), 80, client, 40000]);
      assert.deepEqual([there!.course, back!.course], ["request", "reply"]);
      assert.deepEqual([back!.before!.state, back!.after!.state], ["SYN_RECV", "SYN_RECV"]);
      const connection = back!.connection!;
      assert.deepEqual(
        [connection.protocol, endpointText(connection.client), endpointText(connection.virtual)],
        ["tcp", endpointText(there!.flow!.client), endpointText(there!.flow!.virtual)],
      );
      assert.equal(`${back!.flow!.client.address}`, server);
    }

    const [wrapped] = told["tunnel"]!;
    const outside = decodePacket(wrapped!.left!.bytes)!;
    assert.deepEqual(
      [`${outside.ipv4!.source}`, `${outside.ipv4!.destination}`, `${outside.inner!.ipv4!.destination}`],
      ["10.0.1.1", backAddress(4, 3), "192.168.4.15"],
    );
    assert.equal(wrapped!.left!.length, wrapped!.came.length + 20);

    const templates = told["template"]!.map(({ template, choice }) => [
      template!.made,
      `${template!.client}`,
      endpointText(template!.virtual),
      Math.round(template!.seconds),
      template!.connections,
      choice !== undefined,
    ]);
    assert.deepEqual(templates, [
      [true, "172.16.0.0", "192.168.4.15:80", 300, 0, true],
      [false, "172.16.0.0", "192.168.4.15:80", 300, 1, false],
    ]);
    const [datagram] = told["datagram"]!;
    assert.deepEqual(
      [datagram!.entry, datagram!.fate, datagram!.server !== undefined],
      ["none", "sent", true],
    );

    const ends = (name: string) =>
      told[name]!.map(({ fate, reason, entry, service, flow }) => [
        fate,
        reason,
        entry,
        service && (service.id ? "one" : "none"),
        flow!.client.port,
      ]);
    assert.deepEqual(ends("nowhere"), [
      ["sent", "no_server", "none", "one", 1],
      ["sent", "time_to_live", "made", "one", 2],
      ["sent", undefined, "made", "one", 4],
      ["dropped", "not_available", "found", undefined, 4],
    ]);
    assert.equal(told["nowhere"]![0]!.choice!.why, "no candidate: the service has no server");
    assert.deepEqual(ends("all"), [
      ["passed", undefined, "none", undefined, 3],
      ["passed", undefined, "none", "none", 40000],
    ]);
  });

test("filters are asked in the packet program; what is too much is counted, not followed", async (t) => {
  const place = widePlace(t);
  if (!place) return;
  const running = tracing(t, place, "xdp");
  const service = (port: number): ServiceId => ({
    kind: "address",
    protocol: "tcp",
    address: IpAddress.of("192.168.4.15"),
    port,
  });
  const send = () => {
    place.reset();
    place.put(place.service({}), 1, { method: "masq", port: 8080 });
    place.put(place.service({ port: 443 }), 2, { method: "droute" });
    place.put(place.service({ family: 6 }), 1, { method: "droute" });
    place.service({ port: 25 });
    place.send("xdp", syn({ client: 1 }));
    place.send("xdp", fromServer(1, { tcp: { syn: true, ack: true }, client: 1 }, 8080), "back");
    place.send("xdp", syn({ client: 2, virtualPort: 443, port: 41000 }));
    place.send("xdp", syn({ client: 300, virtualPort: 25 }));
    place.send("xdp", syn({ family: 6, client: 1 }));
  };
  const at = (text: string) => ({ address: IpAddress.of(text) });
  const cases: [Partial<TraceWanted>, number][] = [
    [{}, 5],
    [{ service: service(80) }, 2],
    [{ service: service(443) }, 1],
    [{ service: service(25) }, 1],
    [{ service: service(26) }, 0],
    [{ server: at("10.0.1.11") }, 2],
    [{ server: { ...at("10.0.1.11"), port: 8080 } }, 2],
    [{ server: { ...at("10.0.1.11"), port: 80 } }, 0],
    [{ server: at("fd00:1::11") }, 1],
    [{ client: parsePrefix("172.16.0.0/24", "--client") }, 3],
    [{ client: parsePrefix("172.16.0.3", "--client") }, 1],
    [{ client: parsePrefix("fd00:ac::/64", "--client") }, 1],
    [{ client: parsePrefix("0.0.0.0/0", "--client") }, 4],
    [{ clientPort: 41000 }, 1],
    [{ clientPort: 40000 }, 4],
    [{ protocol: "udp" }, 0],
    [{ protocol: "tcp", client: parsePrefix("172.16.0.2", "--client"), service: service(80) }, 2],
  ];
  for (const [wanted] of cases) {
    await aTurn();
    running.want(wanted);
    send();
    running.want({ all: true });
    place.send("xdp", syn({ virtualPort: 7777 }));
  }
  // Three in a second on a CPU, and they come faster.
  running.want({ limit: 3 });
  place.reset();
  place.put(place.service({}), 1, { method: "droute" });
  for (let i = 0; i < 50; i++) place.send("xdp", syn());
  const { lost } = running.end();
  assert.deepEqual(
    readdirSync(place.state.folder).filter((name) => /trac/.test(name)),
    [],
  );
  const marks = running.packets.flatMap(({ flow }, i) => (flow?.virtual.port === 7777 ? [i] : []));
  const found = cases.map((_, i) => marks[i]! - (i === 0 ? 0 : marks[i - 1]! + 1));
  for (const [i, [wanted, count]] of cases.entries())
    assert.equal(
      found[i],
      count,
      JSON.stringify(wanted, (_, v) => (v instanceof IpAddress ? `${v}` : v)),
    );
  const followed = running.packets.length - 1 - marks.at(-1)!;
  assert.ok(followed < 50 && followed + lost === 50, `${followed} followed, ${lost} lost`);
  assert.equal(
    running.lost.reduce((sum, count) => sum + count, 0),
    lost,
  );
});

test("a director that is reset ends the trace, and nothing of it is left", async (t) => {
  const place = widePlace(t);
  if (!place) return;
  const ready = new ReadySet();
  const host = place.inside(() => new HostNetwork());
  t.after(() => {
    host.close();
    ready.close();
  });
  let trace: Trace | undefined;
  const gone = new Promise<void>((onGone) => {
    trace = place.inside(
      () => new Trace(place.state, host, ready, { wanted: { limit: 9 }, onPacket() {}, onLost() {}, onGone }),
    );
  });
  place.inside(() => resetDirector());
  await gone;
  assert.deepEqual(
    place.inside(() => trace!.stop()),
    { lost: 0, paused: 0 },
  );
  assert.equal(existsSync(place.state.folder), false);
});
