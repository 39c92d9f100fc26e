import assert from "node:assert/strict";
import fc from "fast-check";
import * as asm from "../../src/asm/index.js";
import { testRun } from "../../src/bpf/index.js";
import { Settings } from "../../src/dataplane/xdp/layout.js";
import { readMarkRules, writeMarkRules } from "../../src/dataplane/xdp/mark-rules.js";
import { MarkQuery, markOf } from "../../src/dataplane/xdp/marks.js";
import { type MarkRule, markProtocols, parseMarkRules } from "../../src/ipvs/marks.js";
import { contains } from "../../src/ipvs/prefix.js";
import { IpAddress } from "../../src/wire/address.js";
import { inKernel, loaded } from "../support/in-kernel.js";
import { markRule } from "../support/mark-arbitraries.js";

/** A packet of the test: what a query holds, as it comes in. */
const Question = asm.struct("Question", {
  source0: asm.u64,
  source1: asm.u64,
  destination0: asm.u64,
  destination1: asm.u64,
  port: asm.u32,
  protocol: asm.u32,
  family: asm.u32,
  answer: asm.u32,
});

const asker = asm.xdp("asker", (packet) => {
  const question = packet.header(Question);
  const { source0, source1, destination0, destination1, port, protocol, family } = question;
  const query = MarkQuery.local({ source0, source1, destination0, destination1, port, protocol, family });
  question.answer = markOf(query);
  packet.pass();
});

interface Asked {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly port: number;
  readonly protocol: number;
}

function halves({ bytes }: IpAddress): [bigint, bigint] {
  const padded = Buffer.alloc(16);
  padded.set(bytes);
  return [padded.readBigUInt64LE(0), padded.readBigUInt64LE(8)];
}

function encode({ source, destination, port, protocol }: Asked): Uint8Array {
  const [source0, source1] = halves(source);
  const [destination0, destination1] = halves(destination);
  const family = source.family;
  return Question.encode({ source0, source1, destination0, destination1, port, protocol, family });
}

const numbers = { tcp: [6], udp: [17], sctp: [132], icmp: [1, 58], any: [] } as const;

/** What the rules mean, without any program. */
function expected(rules: readonly MarkRule[], asked: Asked): number {
  const fits = ({ protocol, source, destination, ports }: MarkRule) =>
    (protocol === "any" || (numbers[protocol] as readonly number[]).includes(asked.protocol)) &&
    (!source || contains(source, asked.source)) &&
    (!destination || contains(destination, asked.destination)) &&
    (!ports || (ports.from <= asked.port && asked.port <= ports.to));
  return rules.find(fits)?.mark ?? 0;
}

/** Gives what writes rules and asks the kernel. */
async function withAsker(
  work: (write: (rules: readonly MarkRule[]) => void, ask: (asked: Asked) => number) => void,
) {
  await loaded(asker, (program, maps) => {
    const memory = maps["marks"]!.memory({ write: true });
    const shared = maps["settings"]!.memory({ write: true });
    try {
      const place = { bytes: memory.bytes, settings: Settings.over(shared.bytes) };
      const write = (rules: readonly MarkRule[]) => {
        writeMarkRules(place, rules);
        assert.deepEqual(readMarkRules(place), rules);
      };
      const ask = (asked: Asked) => Question.over(testRun(program, { packet: encode(asked) }).packet).answer;
      work(write, ask);
    } finally {
      memory.unmap();
      shared.unmap();
    }
  });
}

const rulesOf = (...texts: string[]) => texts.flatMap((text) => parseMarkRules(text.split(" ")));
const client = IpAddress.of("203.0.113.5");
const vip = IpAddress.of("192.0.2.1");

inKernel("the first rule that fits gives the mark", () =>
  withAsker((write, ask) => {
    const tcp = (port: number, from = client) => ask({ source: from, destination: vip, port, protocol: 6 });
    assert.equal(tcp(80), 0, "no rules");
    write(
      rulesOf(
        "0 -p tcp --to 192.0.2.1 --port 81",
        "7 -p tcp --to 192.0.2.1 --port 80-90,443",
        "8 -p tcp --to 192.0.2.0/24 --from 10.0.0.0/8",
        "9 --to 2001:db8::1",
        "10 -p icmp",
      ),
    );
    assert.deepEqual(
      [79, 80, 81, 90, 91, 443].map((port) => tcp(port)),
      [0, 7, 0, 7, 0, 7],
    );
    assert.equal(tcp(22, IpAddress.of("10.9.9.9")), 8);
    const six = IpAddress.of("2001:db8::1");
    assert.equal(ask({ source: six, destination: six, port: 0, protocol: 6 }), 9);
    assert.equal(ask({ source: six, destination: IpAddress.of("2001:db8::2"), port: 0, protocol: 58 }), 10);
    assert.equal(ask({ source: client, destination: vip, port: 0, protocol: 1 }), 10);
    write([]);
    assert.equal(tcp(80), 0);
  }),
);

inKernel("256 rules, and lists that replace one another many times", () =>
  withAsker((write, ask) => {
    for (let round = 0; round < 9; round++) {
      const rules = Array.from({ length: 256 }, (_, i) => ({
        mark: 1000 * round + i + 1,
        protocol: "udp" as const,
        ports: { from: i, to: i },
      }));
      write(rules);
      for (const port of [0, 17, 255, 256])
        assert.equal(
          ask({ source: client, destination: vip, port, protocol: 17 }),
          port < 256 ? 1000 * round + port + 1 : 0,
        );
    }
  }),
);

inKernel("any rules give any packet the mark that they mean", () =>
  withAsker((write, ask) => {
    const address = (
      rule: MarkRule | undefined,
      which: "source" | "destination",
      family: 4 | 6,
      bytes: Uint8Array,
    ) => {
      // Often an address of a rule, with its last bits changed.
      const known = rule?.[which]?.address;
      const base = known?.family === family ? known.bytes : bytes.subarray(0, family === 4 ? 4 : 16);
      return IpAddress.fromBytes(
        base.map((byte, i) => (i === base.length - 1 ? byte ^ (bytes[0]! & 3) : byte)),
      );
    };
    const packet = fc.record({
      family: fc.constantFrom(4 as const, 6 as const),
      near: fc.nat(5),
      bytes: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      protocol: fc.constantFrom(...markProtocols.flatMap((name) => [...numbers[name]]), 47),
      offset: fc.integer({ min: -1, max: 1 }),
    });
    fc.assert(
      fc.property(
        fc.array(markRule, { maxLength: 6 }),
        fc.array(packet, { maxLength: 12 }),
        (rules, packets) => {
          write(rules);
          for (const { family, near, bytes, protocol, offset } of packets) {
            const rule = rules[near];
            const asked = {
              source: address(rule, "source", family, bytes),
              destination: address(rule, "destination", family, bytes),
              port: Math.min(Math.max((rule?.ports?.from ?? 80) + offset, 0), 0xffff),
              protocol,
            };
            assert.equal(ask(asked), expected(rules, asked));
          }
        },
      ),
      { numRuns: 300 },
    );
  }),
);
