import {
  block,
  type Condition,
  constant32,
  type GivenNumber,
  give,
  pointer,
  pointerVariable,
  type StructView,
  subprogram,
  type U32,
  type U64,
  u64,
  when,
} from "../../asm/index.js";
import { addressesIn, hasAddresses, putAddresses } from "./entry-addresses.js";
import { Attempt, Entry, entriesPerBucket, Kind } from "./layout.js";
import { attempts } from "./maps.js";
import { entryAt, noEntry, type Table } from "./table.js";

export { type EntryView, entryAt, numberOf, type Table } from "./table.js";

/** The hash's secret numbers: a mask and two odd factors. They are part of the program, from its beginning or once it is loaded. */
export type Secrets = readonly [Secret, Secret, Secret];
type Secret = bigint | GivenNumber;

/** What a connection is found by, as it stands in its entry. */
export interface Flow {
  readonly family: 4 | 6;
  /** Client and virtual port, as they stand in the transport header, the protocol and the family above them. */
  readonly ports: U64;
  /** The addresses: one word for IPv4, as they stand in the header, four for IPv6. */
  readonly addresses: readonly U64[];
  /** Each half of it chooses one of the two candidate buckets. */
  readonly hash: U64;
}

export type AttemptView = StructView<(typeof Attempt)["shape"]>;
export const noTemplate = noEntry;

/** Which of them is whose. */
const attemptOf = { packet: 0, template: 1, alias: 2, moved: 3, wanted: 4, told: 5, toldAlias: 6 } as const;
export const attemptAt = (use: keyof typeof attemptOf) => attempts.lookup(constant32(attemptOf[use]));

/** The ports of a transport header (32 bits, as they stand there) with protocol and family above them. */
export const portsOf = (ports: U32, protocol: U32, family: number | U32): U64 =>
  protocol
    .or(typeof family === "number" ? family << 8 : family.shiftLeft(8))
    .extended.shiftLeft(32)
    .or(ports);

/** A flow with its hash. */
export function flowOf(family: 4 | 6, ports: U64, addresses: readonly U64[], secrets: Secrets): Flow {
  return { family, ports, addresses, hash: hashOf(ports, addresses, secrets) };
}

/** Who doesn't know the secrets can't choose flows that collide. */
function hashOf(ports: U64, [first, ...more]: readonly U64[], [mask, one, two]: Secrets): U64 {
  let mixed = first!.xor(mask).xor(ports.mul(one));
  for (const word of more) mixed = mixed.xor(mixed.shiftRight(29)).mul(two).xor(word);
  const spread = mixed.xor(mixed.shiftRight(29)).mul(two);
  return spread.xor(spread.shiftRight(32));
}

/** Gives an attempt the hash of its flow, whatever its family. Templates of IPv6 have one, too. */
export const hasher = (secrets: Secrets) =>
  subprogram("hash_flow", [pointer(Attempt)], undefined, (attempt) => {
    const words = addressesIn(attempt);
    when(
      isIpv6(attempt.ports),
      () => attempt.set({ hash: hashOf(attempt.ports, words, secrets) }),
      () => attempt.set({ hash: hashOf(attempt.ports, [words[0]], secrets) }),
    );
  });

/** The protocol and the address family (4 or 6, whatever is added to it) in a flow's ports. */
export const protocolOf = (ports: U64): U32 => ports.high.and(0xff);
export const familyOf = (ports: U64): U32 => ports.high.shiftRight(8).and(0xf);
export const isIpv6 = (ports: U64): Condition => familyOf(ports).is(6);
export const clientPortOf = (ports: U64): U32 => ports.low.and(0xffff);
export const virtualPortOf = (ports: U64): U32 => ports.low.shiftRight(16);

/** The living entry of a flow, expired or not; it is missing if there is none. */
export function find(table: Table, flow: Flow): ReturnType<typeof pointerVariable<(typeof Entry)["shape"]>> {
  if (table.former) return findInBoth(table, flow);
  const entry = pointerVariable(Entry);
  block((found) => {
    for (const half of [() => flow.hash.low, () => flow.hash.high]) {
      const bucket = table.buckets.at(half());
      for (let i = 0; i < entriesPerBucket; i++) {
        const candidate = bucket.entries.at(i);
        when(candidate.read(u64, "clientPort").is(flow.ports), () => {
          when(hasAddresses(candidate, flow.addresses), () => {
            when(candidate.word.and(Kind.mask).is(Kind.live), () => {
              entry.set(candidate);
              found();
            });
          });
        });
      }
    }
  });
  return entry;
}

function findInBoth(table: Table, flow: Flow): ReturnType<typeof find> {
  const entry = pointerVariable(Entry);
  wantedAttempt().whenFound((wanted) => {
    wanted.set({ ports: flow.ports, hash: flow.hash });
    putAddresses(wanted, flow.addresses);
    const number = table.former!.find(wanted);
    when(number.isNot(noEntry), () => entry.set(entryAt(table, number)));
  });
  return entry;
}

/** By a call: the key of a look-up would stand on the stack of each function that finds something. */
const wantedAttempt = subprogram("wanted_attempt", [], pointer(Attempt), () =>
  give(attemptAt("wanted").unchecked),
);

/** The same for an attempt of either family. */
export const finder = (table: Table) =>
  subprogram("find_flow", [pointer(Attempt)], pointer(Entry), (attempt) => {
    if (table.former) {
      const number = table.former.find(attempt);
      when(number.is(noEntry), () => give(0));
      return entryAt(table, number);
    }
    const addresses = addressesIn(attempt);
    return find(table, { family: 6, ports: attempt.ports, addresses, hash: attempt.hash }).value;
  });
