import assert from "node:assert/strict";
import { test } from "node:test";
import { IpAddress } from "../../wire/address.js";
import { packState } from "./schedulers/cursor.js";
import { pack } from "./schedulers/packed.js";
import { sourceHashTable } from "./schedulers/sh.js";
import { type Asked, choiceOf, type TracedCandidate } from "./trace-choice.js";

const candidate = (
  index: number,
  weight: number,
  active: number,
  inactive: number,
  marks: Partial<Pick<TracedCandidate, "overloaded" | "remembered">> = {},
): TracedCandidate => ({
  index,
  server: {
    address: IpAddress.of(`10.0.0.${index}`),
    port: 80,
    method: "droute",
    service: { kind: "mark", mark: 1, family: 4 },
    device: 1,
  },
  weight,
  active,
  inactive,
  overloaded: false,
  remembered: false,
  ...marks,
});

const asked = (
  scheduler: string,
  candidates: TracedCandidate[],
  winner?: number,
  more: Partial<Asked> = {},
) =>
  choiceOf({
    scheduler,
    count: candidates.length,
    version: 3,
    before: 0n,
    request: { client: 0xc0a8040a, destination: 0xc0a8040f, port: 40000 },
    flags: 0,
    candidates,
    ...(winner !== undefined && { winner: candidates.find(({ index }) => index === winner)! }),
    own: () => undefined,
    ...more,
  });

/** The kernel's hash_32 of 8 bits (include/linux/hash.h). */
const hash32 = (value: number) => Number(((BigInt(value) * 0x61c8_8647n) & 0xffff_ffffn) >> 24n);

test("why a server was chosen, in words, with what was compared", () => {
  const two = [candidate(1, 1, 2, 3), candidate(2, 4, 4, 0)];
  const idle = [candidate(1, 9, 1, 0), candidate(2, 1, 0, 7)];
  const table = pack(
    sourceHashTable([1, 1].map((weight) => ({ weight, lastWeight: weight, folded: 0, port: 0 }))),
    8,
  );
  for (const [choice, why] of [
    [asked("wlc", two, 2), "(257·4 + 0) / 4 = 257 is least"],
    [asked("lc", two, 1), "257·2 + 3 = 517 is least"],
    [asked("sed", two, 2), "(4 + 1) / 4 = 1.25 is least"],
    [asked("nq", idle, 2), "has no active connection"],
    [asked("nq", two, 2), "(4 + 1) / 4 = 1.25 is least"],
    [asked("fo", two, 2), "weight 4 is the largest"],
    [asked("ovf", two, 2), "weight 4 is the largest of those with at most as many active connections"],
    [
      asked("wlc", [candidate(1, 1, 0, 0), candidate(2, 1, 0, 0)], 1),
      "(257·0 + 0) / 1 = 0 is least, the first of equals",
    ],
    [
      asked("wlc", two, 1),
      "(257·2 + 3) / 1 = 517 is least (what was read a moment before is not what it saw: other packets came between)",
    ],
    [asked("wlc", two, 1, { count: 40 }), "(257·2 + 3) / 1 = 517 is least"],
    [
      asked("rr", two, 2, { before: packState(3, { place: 1, weight: 0 }) }),
      "next in turn: place 2 of 2, from place 2 on",
    ],
    [
      asked("rr", two, 1, { before: packState(2, { place: 1, weight: 0 }) }),
      "next in turn: place 1 of 2, from place 1 on",
    ],
    [
      asked("wrr", two, 2, { before: packState(3, { place: 2, weight: 4 }) }),
      "next in turn of at least the current weight: place 2 of 2, from place 1 on at weight 4",
    ],
    [asked("lblc", [candidate(1, 1, 0, 0, { remembered: true })], 1), "remembered for this destination"],
    [
      asked("lblc", [candidate(1, 1, 0, 0)], 1),
      "(257·0 + 0) / 1 = 0 is least; none is remembered for this destination",
    ],
    [
      asked("lblcr", [candidate(1, 1, 9, 0, { remembered: true }), candidate(2, 1, 0, 0)], 2),
      "(257·0 + 0) / 1 = 0 is least; who is remembered for this destination can't, or has too much",
    ],
    [asked("twos", two, 2), "(257·4 + 0) / 4 = 257 is the lesser of two drawn by weight"],
    [
      asked("sh", two, 1, { own: (i) => table[i]! }),
      `bucket ${hash32(0xc0a8040a)} of 256, by the client's address`,
    ],
    [
      asked("sh", [candidate(1, 0, 0, 0), candidate(2, 1, 0, 0)], 2, { own: (i) => table[i]! }),
      `bucket ${hash32(0xc0a8040a)} of 256, by the client's address, is of one with weight 0: the next bucket of one that can`,
    ],
    [
      asked("sh", [candidate(1, 0, 0, 0), candidate(2, 1, 0, 0)], 2),
      `bucket ${hash32(0xc0a8040a)} of 256, by the client's address`,
    ],
    [
      asked("wrr", two, 2),
      "next in turn of at least the current weight: place 2 of 2, from place 1 on at the largest weight",
    ],
    [asked("dh", two, 1), `bucket ${hash32(0xc0a8040f)} of 256, by the destination's address`],
  ] as const)
    assert.equal(choice.why, why, choice.scheduler);
});

test("why nobody was chosen", () => {
  for (const [scheduler, candidates, why] of [
    ["wlc", [], "no candidate: the service has no server"],
    ["wlc", [candidate(1, 0, 0, 0), candidate(2, 0, 1, 0)], "no candidate: all have weight 0"],
    ["rr", [candidate(1, 1, 5, 0, { overloaded: true })], "no candidate: all are over their thresholds"],
    [
      "lc",
      [candidate(1, 1, 5, 0, { overloaded: true }), candidate(2, 0, 0, 0)],
      "no candidate: each has over its threshold or weight 0",
    ],
    ["ovf", [candidate(1, 1, 2, 0)], "no candidate: all have more active connections than their weight"],
    [
      "sh",
      [candidate(1, 0, 0, 0), candidate(2, 1, 0, 0)],
      "no candidate: the one whose turn it is by the hash can't take it",
    ],
  ] as const)
    assert.equal(asked(scheduler, [...candidates]).why, why);
});
