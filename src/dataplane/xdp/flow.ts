import {
  block,
  constant64,
  pointerVariable,
  type SharedArray,
  type StructView,
  struct,
  type U64,
  u32,
  u64,
  type Variable,
  when,
} from "../../asm/index.js";
import { type Bucket, Entry, entriesPerBucket, Kind } from "./layout.js";

export type Table = SharedArray<(typeof Bucket)["shape"]>;
export type EntryView = StructView<(typeof Entry)["shape"]>;

/** What a connection is found by: 16 bytes as two numbers, just as they stand in its entry. */
export interface Flow {
  /** Client and virtual address, as they stand in an IPv4 header. */
  readonly addresses: U64;
  /** Client and virtual port, as they stand in the transport header, and the protocol above them. */
  readonly ports: U64;
  /** Each half of it chooses one of the two candidate buckets. */
  readonly hash: U64;
}

/** A flow on its way to a subprogram, and what comes back beside the entry. */
export const Attempt = struct("Attempt", {
  addresses: u64,
  ports: u64,
  hash: u64,
  tick: u32,
  /** Bits of the TCP header. */
  flags: u32,
  /** What becomes of the packet if no entry comes back. */
  verdict: u32,
  /** The generation of the entry that was made for it. */
  generation: u32,
  unused: u32,
});
export type AttemptView = StructView<(typeof Attempt)["shape"]>;

/**
 * A flow with its hash. Two of the three secrets are odd factors, so that nobody who doesn't know them can choose flows
 * that collide; they are part of the program.
 */
export function flowOf(addresses: U64, ports: U64, secrets: readonly bigint[]): Flow {
  const [mask, first, second] = secrets as [bigint, bigint, bigint];
  const mixed = addresses.xor(mask).xor(ports.mul(first));
  const spread = mixed.xor(mixed.shiftRight(29)).mul(second);
  return { addresses, ports, hash: spread.xor(spread.shiftRight(32)) };
}

/** The ports of a transport header with the protocol above them. */
export const portsOf = (ports: U64, protocol: number): U64 => ports.or(constant64(BigInt(protocol) << 32n));

/** The live entry of a flow, expired or not; it is missing if there is none. */
export function find(table: Table, flow: Flow): Variable<EntryView> {
  const entry = pointerVariable(Entry);
  block((found) => {
    for (const half of [() => flow.hash.low, () => flow.hash.high]) {
      const bucket = table.at(half());
      for (let i = 0; i < entriesPerBucket; i++) {
        const candidate = bucket.entries.at(i);
        when(candidate.read(u64, "clientPort").is(flow.ports), () => {
          when(candidate.read(u64, "client").is(flow.addresses), () => {
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
