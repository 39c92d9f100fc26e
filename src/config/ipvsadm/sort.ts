import type { ServerId, ServiceStatus } from "../../ipvs/model.js";
import type { IpAddress } from "../../wire/address.js";

const protocolNumber = { tcp: 6, udp: 17, sctp: 132 } as const;

/**
 * The order of a listing: by firewall mark (none is 0), family, protocol, address, port. Numbers are compared by the
 * sign of their 32-bit difference, as the real one does, so 172.16.0.1 comes before 10.66.0.1, and mark 4294967295
 * before all services without a mark. That is no order at all (it can go round in a circle), which is why
 * {@link mergeSort} must take the same steps as the C library's sort to end with the same list.
 */
export function sortServices(services: readonly ServiceStatus[]): ServiceStatus[] {
  return mergeSort(services, ({ id: one }, { id: other }) => {
    const ofMark = difference(one.kind === "mark" ? one.mark : 0, other.kind === "mark" ? other.mark : 0);
    if (ofMark !== 0) return ofMark;
    if (one.kind === "mark" || other.kind === "mark")
      return one.kind === other.kind ? familyOf(one) - familyOf(other) : 0;
    return (
      familyOf(one) - familyOf(other) ||
      protocolNumber[one.protocol] - protocolNumber[other.protocol] ||
      compareAddresses(one.address, other.address) ||
      one.port - other.port
    );
  });
}

/** Servers by address and port; a server of each family is compared by the first 32 bits. */
export function sortServers<T extends ServerId>(servers: readonly T[]): T[] {
  return mergeSort(
    servers,
    (one, other) => compareAddresses(one.address, other.address) || one.port - other.port,
  );
}

function familyOf(id: ServiceStatus["id"]): number {
  return id.kind === "mark" ? id.family : id.address.family;
}

/** A 32-bit difference, which wraps round. */
const difference = (one: number, other: number) => (one - other) | 0;

function compareAddresses({ words: one, family }: IpAddress, { words: other }: IpAddress): number {
  for (let i = 0; i < (family === 6 ? 4 : 1); i++) {
    const result = difference(one[i]!, other[i] ?? 0);
    if (result !== 0) return result;
  }
  return 0;
}

/** The merge sort of glibc's qsort(3): the smaller half first, ties and "less" from the left. */
export function mergeSort<T>(items: readonly T[], compare: (one: T, other: T) => number): T[] {
  if (items.length < 2) return [...items];
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length)
    merged.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
  for (; l < left.length; l++) merged.push(left[l]!);
  for (; r < right.length; r++) merged.push(right[r]!);
  return merged;
}
