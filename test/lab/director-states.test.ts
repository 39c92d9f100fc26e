import assert from "node:assert/strict";
import { test } from "node:test";
import { tcpStates } from "../../src/ipvs/model.js";
import { directorPlace, hooks, segment } from "./director-place.js";

/**
 * The input-only part of the kernel's table (net/netfilter/ipvs/ip_vs_proto_tcp.c, tcp_states), written down a second time:
 * a row for an event, a column for the state before, in the order of the states' numbers.
 */
const table = {
  syn: "SR ES ES SR SR SR SR SR SR SR SR",
  fin: "CL FW SS TW FW TW CL CW LA LI TW",
  ack: "ES ES SS ES FW TW CL CW CL LI ES",
  rst: "CL CL CL SR CL CL CL CL LA LI CL",
  none: "CL CL CL CL CL CL CL CL CL CL CL",
} as const;
const short = ["NO", "ES", "SS", "SR", "FW", "TW", "CL", "CW", "LA", "LI", "SA"];
const active = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];
/** Seconds that a state lasts. */
const lasts = [2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120];

/** All 32 sets of the lowest five flags, by the event that they are: RST before SYN before FIN before ACK. */
const flagSets = Array.from({ length: 32 }, (_, bits) => ({
  fin: (bits & 1) !== 0,
  syn: (bits & 2) !== 0,
  rst: (bits & 4) !== 0,
  psh: (bits & 8) !== 0,
  ack: (bits & 16) !== 0,
}));
const eventOf = ({ rst, syn, fin, ack }: (typeof flagSets)[number]) =>
  rst ? "rst" : syn ? "syn" : fin ? "fin" : ack ? "ack" : "none";

for (const hook of hooks)
  test(`${hook}: every state, every set of flags, by real packets: state, counts, timeout`, (t) => {
    const place = directorPlace(t);
    if (!place) return;
    place.addService();
    place.addServer(0);
    for (const before of tcpStates)
      for (const flags of flagSets) {
        // A SYN in these two is a new connection: see the test of port reuse.
        if (flags.syn && (before === "TIME_WAIT" || before === "CLOSE")) continue;
        const what = `${before} + ${JSON.stringify(flags)}`;
        place.forget();
        place.run(hook, segment({ syn: true }));
        const { slot } = place.entries()[0]!;
        place.putInto(slot, before);
        const sent = performance.now();
        place.run(hook, segment(flags));
        const next = tcpStates[short.indexOf(table[eventOf(flags)].split(" ")[tcpStates.indexOf(before)]!)]!;
        const [entry, ...others] = place.entries();
        const passed = (performance.now() - sent) / 1000;
        assert.deepEqual([entry?.state, others], [next, []], what);
        const isActive = active.includes(next);
        assert.deepEqual(
          Object.values(place.counts(0)),
          [isActive ? 1 : 0, isActive ? 0 : 1, 1, 2, 80],
          what,
        );
        const wanted = lasts[tcpStates.indexOf(next)]!;
        const { expires } = entry!;
        const said = `${what}: ${expires} of ${wanted} s, ${passed} s later`;
        assert.ok(expires < wanted + 0.5 && expires > wanted - passed - 0.5, said);
      }
  });

test("timeouts that are set hold for the packets that come afterwards", (t) => {
  const place = directorPlace(t);
  if (!place) return;
  place.addService();
  place.addServer(0);
  const lasting = (packet: Uint8Array) => {
    place.run("xdp", packet);
    return Math.round(place.entries()[0]!.expires);
  };
  lasting(segment({ syn: true }));
  place.configure((plane) => plane.setTimeouts({ tcp: 100, tcpFin: 0, udp: 0 }));
  assert.equal(Math.round(place.entries()[0]!.expires), 60, "what is there keeps its time");
  assert.equal(lasting(segment({ ack: true })), 100);
  assert.equal(lasting(segment({ fin: true, ack: true })), 120, "0 keeps what was");
  place.configure((plane) => plane.setTimeouts({ tcp: 8_589_934, tcpFin: 1, udp: 1 }));
  assert.equal(lasting(segment({ fin: true, ack: true })), 1);
  place.putInto(place.entries()[0]!.slot, "ESTABLISHED");
  assert.equal(lasting(segment({ ack: true })), 8_589_934, "the longest there can be is not over at once");
  assert.deepEqual(place.plane.timeouts(), { tcp: 8_589_934, tcpFin: 1, udp: 1 });
  const [connection] = [...place.plane.connections()];
  assert.equal(connection?.state, "ESTABLISHED");
  assert.ok(connection.expires > 8_589_930);
});

for (const hook of hooks)
  test(`${hook}: a port used again, an entry whose time is over`, async (t) => {
    const place = directorPlace(t);
    if (!place) return;
    const begin = () => {
      place.reset();
      place.addService();
      place.addServer(0);
      place.addServer(1);
      assert.equal(place.serverOf(place.run(hook, segment({ syn: true })).packet), 1);
      return place.entries()[0]!.slot;
    };
    for (const state of ["TIME_WAIT", "CLOSE"] as const)
      await t.test(`SYN in ${state}: over, and scheduled anew`, () => {
        const slot = begin();
        place.putInto(slot, state);
        assert.equal(place.serverOf(place.run(hook, segment({ syn: true })).packet), 0);
        assert.deepEqual(
          place.entries().map(({ state, server }) => [state, server]),
          [["SYN_RECV", 0]],
        );
        assert.deepEqual(Object.values(place.counts(1)), [0, 0, 1, 1, 40]);
        assert.deepEqual(Object.values(place.counts(0)), [1, 0, 1, 1, 40]);
      });
    await t.test("SYN and RST in TIME_WAIT: over, and the host's", () => {
      const slot = begin();
      place.putInto(slot, "TIME_WAIT");
      assert.equal(place.run(hook, segment({ syn: true, rst: true })).verdict, "pass");
      assert.deepEqual(place.entries(), []);
      assert.deepEqual(Object.values(place.counts(1)), [0, 0, 1, 1, 40]);
    });
    for (const state of ["FIN_WAIT", "LAST_ACK", "CLOSE_WAIT"] as const)
      await t.test(`SYN in ${state}: the same server`, () => {
        const slot = begin();
        place.putInto(slot, state);
        assert.equal(place.serverOf(place.run(hook, segment({ syn: true })).packet), 1);
        assert.deepEqual(Object.values(place.counts(1)), [1, 0, 1, 2, 80]);
      });
    await t.test("over in time: a SYN is scheduled anew", () => {
      place.expireIn(begin(), -0.1);
      assert.equal(place.serverOf(place.run(hook, segment({ syn: true })).packet), 0);
      assert.deepEqual(Object.values(place.counts(1)), [0, 0, 1, 1, 40]);
      assert.deepEqual(Object.values(place.counts(0)), [1, 0, 1, 1, 40]);
      assert.equal(place.entries().length, 1);
    });
    await t.test("over in time: anything else is the host's", () => {
      place.expireIn(begin(), -0.1);
      assert.equal(place.run(hook, segment({ ack: true })).verdict, "pass");
      assert.deepEqual(Object.values(place.counts(1)), [0, 0, 1, 1, 40]);
      assert.deepEqual(place.entries(), []);
    });
    await t.test("a SYN to the entry of a server that was removed", () => {
      const slot = begin();
      place.deleteServer(1);
      assert.equal(place.run(hook, segment({ syn: true })).verdict, "drop");
      place.putInto(slot, "TIME_WAIT");
      assert.equal(place.serverOf(place.run(hook, segment({ syn: true })).packet), 0);
    });
  });
