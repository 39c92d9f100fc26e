import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { xdpContext } from "../../src/bpf/index.js";
import { EntryFlag } from "../../src/dataplane/xdp/layout.js";
import type { Race } from "./director-racer.js";
import { fromClient, fromServer, type Segment, type WidePlace, widePlace } from "./wide-place.js";

const flows = 500;
const servers = [1, 2, 3];
const active = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];

/** Two threads send the same packets, each packet both at once. */
async function race(place: WidePlace, packets: readonly Uint8Array[], device = place.device): Promise<void> {
  const meeting = new SharedArrayBuffer(8);
  const program = place.program("xdp").fd;
  const workers = ([0, 1] as const).map((me) => {
    const { namespace } = place.place;
    const context = xdpContext(packets[0]!.length, device);
    const workerData: Race = { namespace, program, me, meeting, packets, context };
    return new Worker(new URL("./director-racer.js", import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "exit")));
}

const segmentOf = (flow: number, tcp: Segment["tcp"]): Segment => ({
  client: flow % 40,
  port: 1000 + flow,
  tcp: tcp ?? {},
});

/** What must be true at any time at which no packet is on its way. */
function consistent(place: WidePlace, id: ReturnType<WidePlace["service"]>): void {
  const all = place.all();
  const connections = all.filter(({ kind }) => kind === "connection");
  const templates = all.filter(({ kind }) => kind === "template");
  const kinds = place.rows().map(({ row }) => row);
  assert.equal(new Set(connections.map(({ client }) => client)).size, connections.length, "one entry a flow");
  for (const number of servers) {
    const isOf = ({ address }: { address: unknown }) => `${address}` === `10.0.1.${10 + number}`;
    const rows = kinds.filter(({ template, server }) => !template && isOf(server));
    const busy = rows.filter(({ state }) => active.includes(state)).length;
    const kept = kinds.filter(({ template, server }) => template && isOf(server)).length;
    assert.deepEqual(
      place.countsOf(id, number).slice(0, 3),
      [busy, rows.length - busy, kept],
      `server ${number}`,
    );
  }
  for (const { slot, reference } of templates) {
    const mine = connections.filter(
      ({ entry, reference }) => reference === slot && (entry.word & BigInt(EntryFlag.controlled)) !== 0n,
    );
    assert.equal(reference, mine.length, "a template's connections");
  }
}

/** Answers of all flows' servers, sent one by one: each has to find its connection. */
function answersArrive(place: WidePlace, what: string): void {
  const lost: number[] = [];
  const rows = place.rows().filter(({ row }) => !row.template);
  for (const { row } of rows) {
    const flow = row.client.port - 1000;
    const number = (row.server.address.bytes[3] ?? 0) - 10;
    const { verdict } = place.send("xdp", fromServer(number, segmentOf(flow, { ack: true }), 8080), "back");
    if (verdict !== "redirect") lost.push(flow);
  }
  assert.deepEqual(lost, [], what);
}

for (const persistent of [false, true])
  test(`NAT${persistent ? " and persistence" : ""} on two CPUs at once: true counts, aliases lead to the one owner`, async (t) => {
    const place = widePlace(t, 1024);
    if (!place) return;
    const id = place.service({ ...(persistent && { persistent: 100 }) });
    for (const number of servers) place.put(id, number, { port: 8080 });
    const packets = (tcp: Segment["tcp"]) =>
      Array.from({ length: flows }, (_, flow) => fromClient(segmentOf(flow, tcp)));
    const answers = (tcp: Segment["tcp"]) =>
      place
        .rows()
        .filter(({ row }) => !row.template)
        .map(({ row }) =>
          fromServer((row.server.address.bytes[3] ?? 0) - 10, segmentOf(row.client.port - 1000, tcp), 8080),
        );

    await race(place, packets({ syn: true }));
    consistent(place, id);
    assert.equal(place.rows().filter(({ row }) => !row.template).length, flows);
    answersArrive(place, "after SYNs");
    await race(place, answers({ syn: true, ack: true }), place.back);
    await race(place, packets({ ack: true }));
    consistent(place, id);
    for (const turn of [1, 2]) {
      for (const { slot, kind } of place.all()) if (kind !== "alias") place.expireIn(slot, -0.01);
      await race(place, packets({ syn: true }));
      consistent(place, id);
      answersArrive(place, `expired, found by both (${turn})`);
    }
    for (const { slot, kind } of place.all()) if (kind === "connection") place.expireIn(slot, -0.01);
    await race(place, packets({ ack: true }));
    consistent(place, id);
    const left = place.all().filter(({ kind }) => kind === "template");
    assert.ok(
      left.every(({ reference }) => reference === 0),
      "templates' counts return to 0",
    );
    assert.equal(left.length > 0, persistent);
    t.diagnostic(`lost races: ${place.events().lost_race}`);
  });
