import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "../../src/wire/index.js";
import { type Flags, flag, IpvsModel, type Scheduler } from "../support/ipvs-model.js";
import { thorough } from "../support/sampled.js";
import type { ModelRequest } from "../support/scheduler-model.js";
import { type DirectorPlace, directorPlace, segment, service, vip } from "./director-place.js";

const schedulers = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "sh",
  "mh",
  "dh",
  "sed",
  "nq",
  "fo",
  "ovf",
  "lblc",
  "lblcr",
] as const;
const serverNumbers = 5;
const flows = 24;

type Step =
  | { kind: "packet"; flow: number; flags: Flags; length: number; hook: "xdp" | "tc" }
  | { kind: "add" | "edit"; server: number; weight: number; upper: number; lower: number }
  | { kind: "delete"; server: number }
  | { kind: "expire"; flow: number }
  | { kind: "scheduler"; scheduler: Scheduler; flags: number }
  | { kind: "zero" };

const likelyFlags = fc.oneof(
  { weight: 6, arbitrary: fc.constant(flag({ syn: true })) },
  { weight: 3, arbitrary: fc.constant(flag({ ack: true })) },
  { weight: 2, arbitrary: fc.constant(flag({ fin: true, ack: true })) },
  { weight: 1, arbitrary: fc.constant(flag({ rst: true })) },
  {
    weight: 1,
    arbitrary: fc.record({ fin: fc.boolean(), syn: fc.boolean(), rst: fc.boolean(), ack: fc.boolean() }),
  },
);
const server = fc.nat(serverNumbers - 1);
// The model sinks wrr's weight step by step, as the kernel does: with larger ones it takes so long that connections time out.
const weight = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(100, 65_535) },
);
const thresholds = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ upper: 0, lower: 0 }) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 5 })
      .chain((upper) => fc.record({ upper: fc.constant(upper), lower: fc.nat(upper) })),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant("packet" as const),
      flow: fc.nat(flows - 1),
      flags: likelyFlags,
      length: fc.nat(50),
      hook: fc.constantFrom("xdp" as const, "tc" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom("add" as const, "edit" as const), server, weight, thresholds)
      .map(([kind, server, weight, limits]) => ({ kind, server, weight, ...limits })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), server }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("expire" as const), flow: fc.nat(flows - 1) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "zero" as const }) },
);
const change: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("scheduler" as const),
  scheduler: fc.constantFrom(...schedulers, "none" as const),
  flags: fc.nat(3),
});

/** A failure is told before long, not shrunk for minutes. */
const bounded = (numRuns: number) => ({
  numRuns: thorough ? numRuns : Math.ceil(numRuns / 2),
  interruptAfterTimeLimit: 20_000,
});

const portOf = (flow: number) => 40_000 + flow;
/** Some clients have several connections. */
const clientOf = (flow: number) => IpAddress.of(`10.${flow % 7}.0.${1 + 37 * (flow % 5)}`);
const requestOf = (flow: number): ModelRequest => ({
  client: Buffer.from(clientOf(flow).bytes).readUInt32BE(),
  destination: Buffer.from(IpAddress.of(vip).bytes).readUInt32BE(),
  port: portOf(flow),
});

/** Does a step with both; what the packet program answered and what the model says. */
function take(place: DirectorPlace, model: IpvsModel, step: Step): { ours: unknown; kernels: unknown } {
  const refused = (work: () => void) => {
    try {
      work();
      return true;
    } catch {
      return false;
    }
  };
  switch (step.kind) {
    case "packet": {
      const packet = segment({
        ...step.flags,
        from: clientOf(step.flow).toString(),
        source: portOf(step.flow),
        payload: "x".repeat(step.length),
      });
      const { verdict, packet: out } = place.run(step.hook, packet);
      const server = place.serverOf(out);
      const sent = server === undefined ? { verdict: "answer" } : { verdict, server };
      const ours = verdict === "redirect" ? sent : { verdict };
      return { ours, kernels: model.packet(step.flow, step.flags, packet.length - 14, requestOf(step.flow)) };
    }
    case "add":
      return {
        ours: refused(() => place.addServer(step.server, step)),
        kernels: model.add(step.server, step.weight, step.upper, step.lower),
      };
    case "edit":
      return {
        ours: refused(() => place.editServer(step.server, step)),
        kernels: model.edit(step.server, step.weight, step.upper, step.lower),
      };
    case "delete":
      return { ours: refused(() => place.deleteServer(step.server)), kernels: model.delete(step.server) };
    case "expire": {
      // Whoever meets it first takes it out: this packet, or the sweeper before it.
      const entry = place.entries().find(({ clientPort }) => clientPort === portOf(step.flow));
      if (!entry) return { ours: false, kernels: model.connections.has(step.flow) };
      place.expireIn(entry.slot, -0.1);
      const from = clientOf(step.flow).toString();
      place.run("xdp", segment({ ack: true, from, source: portOf(step.flow) }));
      model.expire(step.flow);
      return { ours: true, kernels: true };
    }
    case "scheduler":
      place.configure((plane) =>
        plane.editService({
          id: service(),
          scheduler: step.scheduler,
          schedulerFlags: ["flag-1", "flag-2"].filter((_, bit) => step.flags & (1 << bit)),
          onePacket: false,
        }),
      );
      model.setScheduler(step.scheduler);
      model.flags = step.flags;
      return { ours: step.scheduler, kernels: model.scheduler };
    case "zero":
      place.plane.zero(service());
      model.zero();
      return { ours: 0, kernels: 0 };
  }
}

function compare(place: DirectorPlace, model: IpvsModel): void {
  const ours = place.plane.service(service())!;
  assert.deepEqual(
    ours.servers.map(({ address }) => address.bytes[3]! - 100),
    model.list.map(({ number }) => number),
    "the list, newest first",
  );
  for (const { number, active, inactive, connections, packets, bytes } of model.list)
    assert.deepEqual(
      place.counts(number),
      { active, inactive, connections, packets, bytes },
      `server ${number}`,
    );
  assert.deepEqual(
    Object.fromEntries(place.entries().map(({ clientPort, state }) => [clientPort - portOf(0), state])),
    Object.fromEntries([...model.connections].map(([flow, { state }]) => [flow, state])),
    "connections and their states",
  );
}

function check(place: DirectorPlace, scheduler: Scheduler, steps: readonly Step[]): void {
  place.reset();
  place.addService(80, scheduler);
  const model = new IpvsModel(scheduler);
  for (const [i, step] of steps.entries()) {
    const { ours, kernels } = take(place, model, step);
    assert.deepEqual(ours, kernels, `step ${i}: ${JSON.stringify(step)}`);
  }
  compare(place, model);
}

for (const scheduler of schedulers)
  test(`${scheduler}: whatever is sent and configured, servers and counts are as the kernel's text has them`, (t) => {
    const place = directorPlace(t, 256);
    if (!place) return;
    const first: Step[] = [0, 1, 2].map((server) => ({
      kind: "add",
      server,
      weight: server + 1,
      upper: 0,
      lower: 0,
    }));
    fc.assert(
      fc.property(fc.nat(3), fc.array(step, { minLength: 1, maxLength: 120, size: "max" }), (flags, steps) =>
        check(place, scheduler, [{ kind: "scheduler", scheduler, flags }, ...first, ...steps]),
      ),
      bounded(25),
    );
  });

test("a service that changes its scheduler begins anew", (t) => {
  const place = directorPlace(t, 256);
  if (!place) return;
  const steps = fc.array(fc.oneof({ weight: 8, arbitrary: step }, { weight: 1, arbitrary: change }), {
    maxLength: 80,
    size: "max",
  });
  fc.assert(
    fc.property(fc.constantFrom(...schedulers), steps, (scheduler, steps) => check(place, scheduler, steps)),
    bounded(30),
  );
});

test("servers that are full again and again: the turn goes on as the kernel's does", (t) => {
  const place = directorPlace(t, 256);
  if (!place) return;
  const narrow = fc.integer({ min: 1, max: 3 });
  const full: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant("packet" as const),
        flow: fc.nat(flows - 1),
        flags: fc.constant(flag({ syn: true })),
        length: fc.constant(0),
        hook: fc.constant("xdp" as const),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("expire" as const), flow: fc.nat(flows - 1) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom("add" as const, "edit" as const),
        server: fc.nat(2),
        weight: fc.constantFrom(0, 1, 2, 3, 4, 6),
        upper: narrow,
        lower: fc.constantFrom(0, 1),
      }),
    },
  );
  const steps = fc.array(full, { minLength: 20, maxLength: 150, size: "max" });
  const begin: Step[] = [1, 2, 4].map((weight, server) => ({
    kind: "add",
    server,
    weight,
    upper: 2,
    lower: 0,
  }));
  fc.assert(
    fc.property(fc.constantFrom("rr" as const, "wrr" as const), steps, (scheduler, steps) =>
      check(place, scheduler, [...begin, ...steps]),
    ),
    bounded(40),
  );
});
