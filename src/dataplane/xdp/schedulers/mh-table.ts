import type { ListedServer } from "./scheduler.js";
import { type SipKey, sipHashOf } from "./sip-hash.js";
import { commonDivisor } from "./wrr.js";

/** Places in mh's table: the prime that the kernel has unless it is built otherwise (CONFIG_IP_VS_MH_TAB_INDEX=12). */
export const mhTableSize = 4093;
/** At most so many bits of a weight count: half of that index. */
const weightBits = 6;

/** The kernel's two hashes have the same keys everywhere, so all directors come to the same table. */
export const mhKeys = {
  offset: [2654435761n, 2654435761n],
  skip: [2654446892n, 2654446892n],
} as const satisfies Record<string, SipKey>;

/**
 * The table of the Maglev hash (ip_vs_mh.c): which server of the list each place belongs to; none if there is no weight. Each
 * server has an order of its own in which it would like to have the places, by its address and port; they choose in
 * turn, the heavier ones several at once. A server that is set to weight 0 keeps its places.
 *
 * More servers than places: the newest ones get none, as the kernel keeps its table when one comes that doesn't fit.
 */
export function mhTable(listed: readonly ListedServer[]): Uint16Array {
  const first = Math.max(0, listed.length - mhTableSize);
  const sharing = listed.slice(first);
  const divisor = sharing.reduce((all, { lastWeight }) => commonDivisor(all, lastWeight), 0);
  if (divisor === 0) return new Uint16Array(0);
  const heaviest = sharing.reduce((most, { lastWeight }) => Math.max(most, lastWeight), 0);
  const shift = Math.max(0, bitLength(Math.floor(heaviest / divisor)) - weightBits);
  const wishes = sharing.map(({ lastWeight, folded, port }) => {
    return {
      ...orderOf((folded + port) >>> 0),
      turns: Math.floor(lastWeight / divisor) >> shift || (lastWeight === 0 ? 0 : 1),
    };
  });

  const table = new Uint16Array(mhTableSize).fill(free);
  for (let left = mhTableSize; ; )
    for (let place = 0; place < wishes.length; place++) {
      const { skip, turns } = wishes[place]!;
      let { next } = wishes[place]!;
      for (let turn = 0; turn < turns; turn++) {
        while (table[next] !== free) {
          next += skip;
          if (next >= mhTableSize) next -= mhTableSize;
        }
        table[next] = first + place;
        if (--left === 0) return table;
      }
      wishes[place]!.next = next;
    }
}

const free = 0xffff;

interface Order {
  /** The place that a server would like best, and how far it is to the next one. */
  readonly next: number;
  readonly skip: number;
}
const orders = new Map<number, Order>();

/** A server's order, remembered: each change of a list asks for those of all its servers. */
function orderOf(key: number): Order {
  const known = orders.get(key);
  if (known) return known;
  const order = {
    next: sipHashOf(key, mhKeys.offset) % mhTableSize,
    skip: (sipHashOf(key, mhKeys.skip) % (mhTableSize - 1)) + 1,
  };
  orders.set(key, order);
  return order;
}

const bitLength = (value: number): number => 32 - Math.clz32(value);
