import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { config, instance } from "../../test/vrrp/settings.js";
import { encodeVrrp, IpAddress, vrrpGroup4 } from "../wire/index.js";
import { explain, VrrpRouter } from "./index.js";

const own = IpAddress.of("192.168.4.11");
const sources = [own, IpAddress.of("192.168.4.10"), IpAddress.of("192.168.4.12")];
const byte = fc.integer({ min: 0, max: 255 });

/** A packet that is nearly right, or bytes. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .tuple(fc.constantFrom(2 as const, 3 as const), byte, fc.constantFrom(1000, 2000), fc.nat(3), fc.nat(400))
    .map(([version, priority, interval, count, flip]) => {
      const addresses = Array.from({ length: count }, () => IpAddress.of("192.168.4.80"));
      const advertisement = { version, virtualRouterId: 51, priority, interval, addresses };
      const bytes = encodeVrrp(advertisement, { source: sources[2]!, destination: vrrpGroup4 });
      if (flip >> 3 < bytes.length) bytes[flip >> 3]! ^= 1 << (flip & 7);
      return bytes;
    }),
);
const act = fc.oneof(
  fc.record({
    kind: fc.constant("receive" as const),
    payload,
    source: fc.constantFrom(...sources),
    destination: fc.constantFrom(vrrpGroup4, own),
    ttl: fc.constantFrom(255, 64, undefined),
  }),
  fc.record({ kind: fc.constant("wait" as const), milliseconds: fc.integer({ min: 0, max: 5000 }) }),
  fc.record({ kind: fc.constant("link" as const), up: fc.boolean() }),
  fc.record({ kind: fc.constantFrom("announced" as const, "reload" as const, "resume" as const) }),
  fc.record({ kind: fc.constant("stop" as const), keep: fc.boolean() }),
);

test("whatever comes, in whatever order: a router goes on, and knows when it is to be called", () => {
  fc.assert(
    fc.property(
      fc.array(act, { maxLength: 40 }),
      fc.constantFrom(2 as const, 3 as const),
      (acts, version) => {
        const settings = config([instance({ version })]);
        const facts = (up: boolean) => new Map([["eth0", { up, address4: own }]]);
        let router = new VrrpRouter(settings, { interfaces: facts(true) });
        let now = 0;
        router.start(now);
        for (const one of acts) {
          if (one.kind === "receive") {
            const { ttl, ...rest } = one;
            router.receive({ interface: "eth0", ...rest, ...(ttl !== undefined && { ttl }) }, now);
          } else if (one.kind === "wait") {
            now += one.milliseconds;
            for (let calls = 0; (router.deadline ?? Number.POSITIVE_INFINITY) <= now; calls++) {
              assert.ok(calls < 1000, "a tick moves the deadline on");
              router.tick(Math.max(router.deadline!, 0));
            }
          } else if (one.kind === "link") router.interfaceChanged("eth0", facts(one.up).get("eth0"), now);
          else if (one.kind === "announced") router.addressAnnounced(IpAddress.of("192.168.4.80"), now);
          else if (one.kind === "reload") router.reload(settings, now);
          else if (one.kind === "stop") router.stop(now, one.keep);
          else {
            const snapshot = structuredClone(router.snapshot(now));
            router = new VrrpRouter(settings, { interfaces: router.facts.interfaces });
            router.resume(snapshot, now);
          }
          const { deadline } = router;
          assert.ok(deadline === undefined || Number.isFinite(deadline));
          const [said] = explain(router.snapshot(now));
          assert.ok(said && said.because.length > 0);
        }
      },
    ),
    { numRuns: 300 },
  );
});
