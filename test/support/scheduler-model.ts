/**
 * What the kernel's schedulers choose, told from their sources (net/netfilter/ipvs/ip_vs_*.c) with their loops as they stand
 * there. rr and wrr, which remember where they were, are in ipvs-model.ts.
 */

export interface ScheduledServer {
  readonly number: number;
  weight: number;
  lastWeight: number;
  overloaded: boolean;
  /** Whether it is in the service's list. */
  listed: boolean;
  active: number;
  inactive: number;
  readonly address: number;
  readonly port: number;
}

/** Addresses as 32-bit numbers, folded if they are longer. */
export interface ModelRequest {
  readonly client: number;
  readonly destination: number;
  readonly port: number;
}

type List<S> = readonly S[];
type Choose = <S extends ScheduledServer>(
  list: List<S>,
  request: ModelRequest,
  flags: number,
) => S | undefined;

export const overhead = ({ active, inactive }: ScheduledServer): number => 257 * active + inactive;
const unavailable = ({ weight, overloaded }: ScheduledServer) => weight <= 0 || overloaded;
const hash32 = (value: number, bits: number) =>
  Number((((BigInt(value) & 0xffff_ffffn) * 0x61c88647n) & 0xffff_ffffn) >> BigInt(32 - bits));

const sed: Choose = (list) => {
  let least = list.find((server) => !unavailable(server));
  for (const server of least ? list.slice(list.indexOf(least) + 1) : []) {
    if (server.overloaded) continue;
    if ((least!.active + 1) * server.weight > (server.active + 1) * least!.weight) least = server;
  }
  return least;
};

const nq: Choose = (list) => {
  let least: (typeof list)[number] | undefined;
  for (const server of list) {
    if (server.overloaded || server.weight === 0) continue;
    if (server.active === 0) return server;
    if (!least || (least.active + 1) * server.weight > (server.active + 1) * least.weight) least = server;
  }
  return least;
};

const fo: Choose = (list) => {
  let chosen: (typeof list)[number] | undefined;
  let heaviest = 0;
  for (const server of list)
    if (!server.overloaded && server.weight > heaviest) {
      chosen = server;
      heaviest = server.weight;
    }
  return chosen;
};

const ovf: Choose = (list) => {
  let chosen: (typeof list)[number] | undefined;
  for (const server of list) {
    if (server.overloaded || server.active > server.weight || server.weight === 0) continue;
    if (!chosen || server.weight > chosen.weight) chosen = server;
  }
  return chosen;
};

const dh: Choose = (list, { destination }) => {
  const buckets: (typeof list)[number][] = [];
  let p = 0;
  for (let i = 0; i < 256 && list.length > 0; i++) {
    if (p === list.length) p = 0;
    buckets.push(list[p++]!);
  }
  const server = buckets[hash32(destination, 8)];
  return !server || unavailable(server) ? undefined : server;
};

/** With the flags as the kernel has them: 1 fallback, 2 port. */
const sh: Choose = (list, { client, port }, flags) => {
  const buckets: (typeof list)[number][] = [];
  let p = 0;
  let count = 0;
  for (let i = 0; i < 256 && list.length > 0; i++) {
    if (p === list.length) p = 0;
    buckets.push(list[p]!);
    if (++count >= list[p]!.weight) {
      p++;
      count = 0;
    }
  }
  const hashkey = (offset: number) => (offset + hash32(client + (flags & 2 ? port : 0), 8)) & 255;
  const first = hashkey(0);
  const server = buckets[first];
  if (!server) return undefined;
  if (!unavailable(server)) return server;
  if (!(flags & 1)) return undefined;
  for (let offset = 0; offset < 256; offset++) {
    const other = buckets[hashkey((offset + first) % 256)]!;
    if (!unavailable(other)) return other;
  }
  return undefined;
};

const tableSize = 4093;
const [firstKey, secondKey] = [2654435761n, 2654446892n];

function mhLookup<S extends ScheduledServer>(list: List<S>): (S | undefined)[] {
  const lookup = new Array<S | undefined>(tableSize).fill(undefined);
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  let g = 0;
  for (const { lastWeight } of list) if (lastWeight > 0) g = g > 0 ? gcd(lastWeight, g) : lastWeight;
  if (g < 1) return lookup;
  const fls = (value: number) => (value === 0 ? 0 : value.toString(2).length);
  const rshift = Math.max(0, fls(Math.trunc(Math.max(...list.map(({ lastWeight }) => lastWeight)) / g)) - 6);
  const setup = list.map(({ address, port, lastWeight }) => {
    const offset = Number(hsiphash(address + port, firstKey) % BigInt(tableSize));
    return {
      perm: offset,
      skip: Number(hsiphash(address + port, secondKey) % BigInt(tableSize - 1)) + 1,
      turns: Math.trunc(lastWeight / g) >> rshift || Number(lastWeight !== 0),
    };
  });
  const taken = new Set<number>();
  let p = 0;
  let done = 0;
  while (taken.size < tableSize) {
    if (p === list.length) p = 0;
    while (p !== list.length) {
      const ds = setup[p]!;
      if (ds.turns < 1) {
        p++;
        continue;
      }
      while (taken.has(ds.perm)) {
        ds.perm += ds.skip;
        if (ds.perm >= tableSize) ds.perm -= tableSize;
      }
      taken.add(ds.perm);
      lookup[ds.perm] = list[p];
      if (taken.size === tableSize) break;
      if (++done >= ds.turns) {
        done = 0;
        p++;
      }
    }
  }
  return lookup;
}

const mh: Choose = (list, { client, port }, flags) => {
  const lookup = mhLookup(list);
  const hashkey = (offset: number) =>
    Number(hsiphash(offset + (flags & 2 ? port : 0) + client, firstKey) % BigInt(tableSize));
  const first = hashkey(0);
  const server = lookup[first];
  if (!server) return undefined;
  if (!unavailable(server)) return server;
  if (!(flags & 1)) return undefined;
  for (let offset = 0; offset < tableSize; offset++) {
    const other = lookup[hashkey((offset + first) % tableSize)]!;
    if (!unavailable(other)) return other;
  }
  return undefined;
};

/** SipHash-1-3 as its authors tell it, of any bytes; the lower half of the result. */
export function sipHash13(message: Uint8Array, key: readonly [bigint, bigint]): bigint {
  const word = (value: bigint) => BigInt.asUintN(64, value);
  const rotl = (value: bigint, by: bigint) => word((value << by) | (value >> (64n - by)));
  const v = ["somepseu", "dorandom", "lygenera", "tedbytes"].map(
    (text, i) => Buffer.from(text).readBigUInt64BE() ^ key[i & 1]!,
  );
  const half = (a: number, b: number, by: bigint, c: number, d: number, also: bigint) => {
    v[a] = word(v[a]! + v[b]!);
    v[c] = word(v[c]! + v[d]!);
    v[b] = rotl(v[b]!, by) ^ v[a]!;
    v[d] = rotl(v[d]!, also) ^ v[c]!;
    v[a] = rotl(v[a]!, 32n);
  };
  const round = () => {
    half(0, 1, 13n, 2, 3, 16n);
    half(2, 1, 17n, 0, 3, 21n);
  };
  const padded = Buffer.alloc(Math.floor(message.length / 8) * 8 + 8);
  padded.set(message);
  padded[padded.length - 1] = message.length & 255;
  for (let at = 0; at < padded.length; at += 8) {
    const m = padded.readBigUInt64LE(at);
    v[3]! ^= m;
    round();
    v[0]! ^= m;
  }
  v[2]! ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return (v[0]! ^ v[1]! ^ v[2]! ^ v[3]!) & 0xffff_ffffn;
}

function hsiphash(value: number, key: bigint): bigint {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(BigInt(value) & 0xffff_ffffn));
  return sipHash13(bytes, [key, key]);
}

export const choosers = { sed, nq, fo, ovf, dh, sh, mh } as const satisfies Record<string, Choose>;

/** __ip_vs_lblc_schedule, and ip_vs_dest_set_min for a set: as wlc. */
function leastForWeight<S extends ScheduledServer>(list: List<S>): S | undefined {
  let least: S | undefined;
  for (const server of list) {
    if (server.overloaded || (!least && server.weight === 0) || !server.listed) continue;
    if (!least || overhead(least) * server.weight > overhead(server) * least.weight) least = server;
  }
  return least;
}

const isOverloaded = (server: ScheduledServer, list: List<ScheduledServer>) =>
  server.active > server.weight && list.some(({ active, weight }) => active * 2 < weight);

/** What lblc and lblcr remember of one service's destinations, while nothing is old enough to be forgotten. */
export class DestinationModel<S extends ScheduledServer> {
  readonly #cache = new Map<number, S>();
  readonly #sets = new Map<number, S[]>();

  lblc(list: List<S>, { destination }: ModelRequest): S | undefined {
    const known = this.#cache.get(destination);
    if (known?.listed && known.weight > 0 && !isOverloaded(known, list)) return known;
    const chosen = leastForWeight(list);
    if (chosen) this.#cache.set(destination, chosen);
    return chosen;
  }

  lblcr(list: List<S>, { destination }: ModelRequest): S | undefined {
    const set = this.#sets.get(destination) ?? [];
    const known = leastForWeight(set);
    if (known && !isOverloaded(known, list)) return known;
    const chosen = leastForWeight(list);
    if (chosen && !set.includes(chosen)) set.unshift(chosen);
    if (chosen) this.#sets.set(destination, set);
    return chosen;
  }
}
