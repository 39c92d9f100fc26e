import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { Capture, type CapturedPacket } from "../../src/dataplane/xdp/index.js";
import { ReadySet } from "../../src/sys/index.js";
import { hooks } from "./director-place.js";
import {
  backAddress,
  families,
  fromClient,
  fromServer,
  protocols,
  type Segment,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** Records what `work` sends. */
function recorded(t: TestContext, place: WidePlace, work: () => void, length = 256) {
  const ready = new ReadySet();
  t.after(() => ready.close());
  const packets: CapturedPacket[] = [];
  const capture = place.inside(
    () =>
      new Capture(place.state, ready, {
        length,
        onPacket: (packet) => packets.push(packet),
        onGone: () => assert.fail("the director is still there"),
      }),
  );
  try {
    work();
  } finally {
    assert.deepEqual(capture.stop(), { lost: 0, paused: 0 });
  }
  return packets;
}

const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString("hex");
const begin = {
  tcp: { tcp: { syn: true } },
  udp: { payload: "a question" },
  sctp: { chunks: ["init"] },
} as const satisfies Record<(typeof protocols)[number], Segment>;
const answer = {
  tcp: { tcp: { syn: true, ack: true } },
  udp: { payload: "an answer" },
  sctp: { chunks: ["initAck"] },
} as const satisfies Record<(typeof protocols)[number], Segment>;

for (const hook of hooks)
  test(`${hook}: what is recorded is what came and what left, byte by byte`, async (t) => {
    const place = widePlace(t);
    if (!place) return;
    place.program(hook); // To load it takes a while.
    for (const method of ["masq", "droute"] as const)
      for (const family of families)
        for (const protocol of protocols)
          await t.test(`${method}, IPv${family}, ${protocol}`, (t) => {
            place.reset();
            const id = place.service({ family, protocol });
            place.put(id, 3, { method, port: 80 });
            const there = fromClient({ ...begin[protocol], family, protocol });
            const back = fromServer(3, { ...answer[protocol], family, protocol }, 80);
            const sent: Uint8Array[] = [];
            const before = Date.now();
            const packets = recorded(t, place, () => {
              sent.push(place.send(hook, there).bytes, place.send(hook, there).bytes);
              if (method === "masq") sent.push(place.send(hook, back, "back").bytes);
            });
            assert.deepEqual(
              packets.map(({ course, fate, reason, device, came, left }) => {
                const frames = [came, left].map((frame) => [frame?.length, hex(frame?.bytes)]);
                return [course, fate, reason, device, ...frames];
              }),
              sent.map((left, i) => {
                const came = i === 2 ? back : there;
                const frames = [came, left].map((bytes) => [bytes.length, hex(bytes)]);
                const device = i === 2 ? place.back : place.device;
                return [i === 2 ? "reply" : "request", "sent", undefined, device, ...frames];
              }),
            );
            for (const { server, at } of packets) {
              assert.equal(`${server?.address}`, backAddress(family, 3));
              assert.deepEqual([server?.port, server?.method, server?.device], [80, method, place.back]);
              assert.deepEqual(server?.service, id);
              const milliseconds = Number(at / 1_000_000n);
              assert.ok(milliseconds >= before - 1 && milliseconds <= Date.now(), `at ${at}`);
            }
          });
  });

for (const hook of hooks)
  test(`${hook}: why a packet was not sent on stands with it, and the host's own are not recorded`, (t) => {
    const place = widePlace(t);
    if (!place) return;
    const id = place.service({});
    place.service({ port: 81 });
    place.put(id, 1, { method: "droute" });
    place.put(id, 2, { method: "droute" });
    const syn = (segment: Segment) => fromClient({ tcp: { syn: true }, ...segment });
    const packets = recorded(t, place, () => {
      place.send(hook, syn({ virtualPort: 99 }));
      place.send(hook, fromClient({ tcp: { ack: true }, port: 999 }));
      place.send(hook, syn({ port: 1000 }));
      place.send(hook, syn({ port: 1000, ttl: 1 }));
      place.send(hook, syn({ port: 1001, virtualPort: 81 }));
      place.send(hook, syn({ port: 1002 }));
      place.take(id, 1);
      place.take(id, 2);
      place.send(hook, fromClient({ tcp: { ack: true }, port: 1000 }));
    });
    assert.deepEqual(
      packets.map(({ fate, reason, server, left }) => [
        fate,
        reason,
        server !== undefined,
        left !== undefined,
      ]),
      [
        ["sent", undefined, true, true],
        ["sent", "time_to_live", true, true],
        ["sent", "no_server", false, true],
        ["sent", undefined, true, true],
        ["dropped", "not_available", false, false],
      ],
    );
  });

for (const hook of hooks)
  test(`${hook}: only as many bytes as were asked for are recorded, and none while nobody asks`, (t) => {
    const place = widePlace(t);
    if (!place) return;
    const id = place.service({ protocol: "udp" });
    place.put(id, 0, { method: "masq" });
    const long = fromClient({ protocol: "udp", payload: "x".repeat(1200) });
    const sent: Uint8Array[] = [];
    const send = () => sent.push(place.send(hook, long).bytes);
    send();
    for (const [asked, get] of [
      [0, 0],
      [1, 1],
      [60, 60],
      [4096, long.length],
      [9999, long.length],
    ] as const) {
      const [packet, ...others] = recorded(t, place, send, asked);
      assert.equal(others.length, 0);
      assert.deepEqual([packet?.came.length, packet?.left?.length], [long.length, long.length]);
      assert.equal(hex(packet?.came.bytes), hex(long.subarray(0, get)));
      assert.equal(hex(packet?.left?.bytes), hex(sent.at(-1)!.subarray(0, get)));
      send();
    }
    assert.deepEqual(
      recorded(t, place, () => {}),
      [],
      "what was sent before or between is not there",
    );
  });

test("who was killed while he captured: the packet program ceases by itself", (t) => {
  const place = widePlace(t);
  if (!place) return;
  place.put(place.service({}), 0, { method: "droute" });
  const { settings } = place.state;
  const send = () => place.send("xdp", fromClient({ tcp: { syn: true } }));
  settings.captureLength = 100;
  // Its time is over, by one tick or by many.
  for (const ago of [1, 100_000]) {
    const tick = Number((process.hrtime.bigint() >> 24n) & 0xffff_ffffn);
    settings.capturing = (tick - ago) >>> 0;
    send();
    assert.equal(settings.capturing, 0);
  }
  const tick = Number((process.hrtime.bigint() >> 24n) & 0xffff_ffffn);
  settings.capturing = (tick + 600) >>> 0;
  send();
  assert.notEqual(settings.capturing, 0);
  // What was recorded for the one who was killed doesn't come to the next.
  assert.equal(recorded(t, place, send).length, 1);
});
