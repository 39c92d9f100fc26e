import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EntryFlag } from "../../src/dataplane/xdp/layout.js";
import { IpAddress } from "../../src/wire/index.js";
import { type Flags, flag, IpvsModel, type ModelOptions } from "../support/ipvs-model.js";
import { told } from "./scenes.js";
import {
  clientAddress,
  type Family,
  fromClient,
  fromServer,
  type Segment,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

const clients = 4;
const flowsEach = 4;
const serverNumbers = 4;
const serverPort = 8080;

type Step = { readonly hook: "xdp" | "tc" } & (
  | { kind: "packet"; flow: number; flags: Flags; length: number }
  | { kind: "reply"; flow: number; server: number; flags: Flags; length: number }
  | { kind: "add" | "edit"; server: number; weight: number }
  | { kind: "delete"; server: number }
  | { kind: "expire" | "expireTemplate"; flow: number }
  | { kind: "zero" }
);

const flags = fc.oneof(
  { weight: 5, arbitrary: fc.constant(flag({ syn: true })) },
  { weight: 3, arbitrary: fc.constant(flag({ ack: true })) },
  { weight: 2, arbitrary: fc.constant(flag({ fin: true, ack: true })) },
  { weight: 1, arbitrary: fc.constant(flag({ rst: true })) },
);
const hook = fc.constantFrom("xdp" as const, "tc" as const);
const flow = fc.nat(clients * flowsEach - 1);
const server = fc.nat(serverNumbers - 1);
const kind = <K extends string>(name: K) => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ hook, kind: kind("packet"), flow, flags, length: fc.nat(30) }) },
  {
    weight: 20,
    arbitrary: fc.record({ hook, kind: kind("reply"), flow, server, flags, length: fc.nat(30) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      hook,
      kind: fc.constantFrom("add" as const, "edit" as const),
      server,
      weight: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ hook, kind: kind("delete"), server }) },
  { weight: 2, arbitrary: fc.record({ hook, kind: kind("expire"), flow }) },
  { weight: 2, arbitrary: fc.record({ hook, kind: kind("expireTemplate"), flow }) },
  { weight: 1, arbitrary: fc.record({ hook, kind: kind("zero") }) },
);

const clientOf = (flow: number) => flow % clients;
const portOf = (flow: number) => 40_000 + flow;
const numberOf = (client: number, family: Family) =>
  Buffer.from(IpAddress.of(clientAddress(family, client)).bytes.subarray(-4)).readUInt32BE();

class Trial {
  readonly model: IpvsModel;
  readonly id;

  constructor(
    readonly place: WidePlace,
    readonly family: Family,
    readonly options: Required<ModelOptions>,
  ) {
    const { protocol, persistent } = options;
    place.reset();
    this.id = place.service({ family, protocol, ...(persistent && { persistent: 100 }) });
    this.model = new IpvsModel("rr", options);
  }

  segment(flow: number, flags: Flags, length: number): Segment {
    const { family } = this;
    const { protocol } = this.options;
    return {
      family,
      protocol,
      client: clientOf(flow),
      port: portOf(flow),
      tcp: flags,
      payload: "x".repeat(length),
    };
  }

  request(flow: number) {
    const destination = Buffer.from(IpAddress.of(vips[this.family]).bytes.subarray(-4)).readUInt32BE();
    return { client: numberOf(clientOf(flow), this.family), destination, port: portOf(flow) };
  }

  get port(): number {
    return this.options.nat ? serverPort : 80;
  }

  /** A client's packet, to both. */
  packet(hook: Step["hook"], flow: number, flags: Flags, length: number): [unknown, unknown] {
    const bytes = fromClient(this.segment(flow, flags, length));
    const sent = told(this.place.send(hook, bytes));
    const expected = this.model.packet(flow, flags, bytes.length - 14, this.request(flow));
    const { verdict } = expected;
    if (verdict === "redirect") return [sent, `${expected.server}:${this.port}`];
    return [sent, verdict === "answer" ? "refused" : verdict];
  }

  /** Does a step with both: what the packet program answered, and what the model says. */
  take(step: Step): [unknown, unknown] {
    const { place, model, id, port } = this;
    const method = this.options.nat ? "masq" : "droute";
    const done = (work: () => void) => {
      try {
        work();
        return true;
      } catch {
        return false;
      }
    };
    switch (step.kind) {
      case "packet":
        return this.packet(step.hook, step.flow, step.flags, step.length);
      case "reply": {
        const bytes = fromServer(step.server, this.segment(step.flow, step.flags, step.length), port);
        const { verdict, packet } = place.send(step.hook, bytes, "back");
        const ip = packet.ipv4 ?? packet.ipv6;
        const from = verdict === "redirect" && ip?.source.toString() === vips[this.family];
        return [from, model.reply(step.flow, step.server, step.flags, bytes.length - 14)];
      }
      case "add":
        return [
          done(() => place.put(id, step.server, { port, method, weight: step.weight })),
          model.add(step.server, step.weight, 0, 0),
        ];
      case "edit":
        return [
          done(() => place.put(id, step.server, { port, method, weight: step.weight }, "editServer")),
          model.edit(step.server, step.weight, 0, 0),
        ];
      case "delete":
        return [done(() => place.take(id, step.server, port)), model.delete(step.server)];
      case "expire": {
        const found = place
          .all()
          .find(({ kind, client }) => kind === "connection" && client === portOf(step.flow));
        if (!found) return [false, model.connections.has(step.flow)];
        // Whoever meets it first takes it out: this packet, or the sweeper before it.
        place.expireIn(found.slot, -0.1);
        model.expire(step.flow);
        return this.packet(step.hook, step.flow, flag({ ack: true }), 0);
      }
      case "expireTemplate": {
        const client = clientOf(step.flow);
        const free = Array.from({ length: flowsEach }, (_, i) => client + clients * i).find(
          (flow) => !model.connections.has(flow),
        );
        if (free === undefined) return [0, 0];
        const address = clientAddress(this.family, client);
        const found = place
          .all()
          .find(({ kind, slot }) => kind === "template" && place.textOf(slot)?.includes(isCurrent(address)));
        if (found) place.expireIn(found.slot, -0.1);
        model.expireTemplate(numberOf(client, this.family));
        return this.packet(step.hook, free, flag({ syn: true }), 0);
      }
      case "zero":
        place.plane.zero(id);
        model.zero();
        return [0, 0];
    }
    function isCurrent(address: string): string {
      return address.includes(":") ? `[${address}]:0 [${vips[6]}]:80` : `${address}:0 ${vips[4]}:80`;
    }
  }

  compare(): void {
    const { place, model, id, family } = this;
    const { servers, counters } = place.status(id);
    assert.equal(servers.length, model.list.length);
    for (const one of model.list) {
      const { active, inactive, persistent, connections, packets, bytes, outPackets, outBytes } = one;
      assert.deepEqual(
        place.countsOf(id, one.number),
        [active, inactive, persistent, connections, packets, bytes, outPackets, outBytes],
        `server ${one.number}`,
      );
    }
    const { connections, inPackets, inBytes, outPackets, outBytes } = counters;
    assert.deepEqual(
      [connections, inPackets, inBytes, outPackets, outBytes].map(Number),
      Object.values(model.total),
      "the service",
    );
    const rows = place.rows().map(({ row }) => row);
    const text = (flow: number, state: string, server: string) => `${flow} ${state} ${server}`;
    assert.deepEqual(
      rows
        .filter(({ template }) => !template)
        .map(({ client, state, server }) => text(client.port, state, `${server.address}`))
        .sort(),
      [...model.connections]
        .map(([flow, { state, server }]) => {
          const name = this.options.protocol === "udp" ? "UDP" : state;
          return text(portOf(flow), name, addressOf(server.number));
        })
        .sort(),
      "connections",
    );
    assert.deepEqual(
      rows
        .filter(({ template }) => template)
        .map(({ client, state, server, virtual }) =>
          [IpAddress.of(`${client.address}`), state, server.address, virtual.port].join(" "),
        )
        .sort(),
      model.templates
        .map(({ client, assured, invalid, server }) => {
          const number = Array.from({ length: clients }, (_, i) => i).find(
            (i) => numberOf(i, family) === client,
          )!;
          const state = assured ? "ASSURED" : "NONE";
          return [clientAddress(family, number), state, addressOf(server.number), invalid ? 65535 : 80].join(
            " ",
          );
        })
        .sort(),
      "templates",
    );
    const all = place.all();
    const controlled = all.filter(
      ({ kind, entry }) => kind === "connection" && (entry.word & BigInt(EntryFlag.controlled)) !== 0n,
    );
    for (const { kind, reference, slot } of all) {
      if (kind !== "template") continue;
      const mine = controlled.filter((one) => one.reference === slot);
      assert.equal(reference, mine.length, "a template's connections");
    }
    function addressOf(number: number): string {
      return family === 4 ? `10.0.1.${10 + number}` : `fd00:1::${(16 + number).toString(16)}`;
    }
  }
}

for (const protocol of ["tcp", "udp"] as const)
  for (const persistent of [false, true])
    for (const nat of [true, false]) {
      if (!nat && protocol === "tcp" && !persistent) continue; // director-model.test.ts has it.
      const about = `${protocol} by ${nat ? "NAT" : "DR"}${persistent ? " with persistence" : ""}`;
      test(`${about}: whatever is sent both ways and configured, all is as the kernel's text has it`, (t) => {
        const place = widePlace(t);
        if (!place) return;
        const begin: Step[] = [0, 1, 2].map((server) => ({ hook: "xdp", kind: "add", server, weight: 1 }));
        fc.assert(
          fc.property(
            fc.constantFrom(4 as const, 6 as const),
            fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
            (family, steps) => {
              const trial = new Trial(place, family, { protocol, persistent, nat });
              for (const [i, step] of [...begin, ...steps].entries()) {
                const [ours, kernels] = trial.take(step);
                assert.deepEqual(ours, kernels, `step ${i}: ${JSON.stringify(step)}`);
              }
              trial.compare();
            },
          ),
          { numRuns: 15, interruptAfterTimeLimit: 20_000 },
        );
      });
    }
