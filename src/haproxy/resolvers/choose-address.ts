import { BlockList, isIP } from "node:net";

export interface Preferences {
  readonly family: 4 | 6 | undefined;
  /** Networks that are preferred, "10.0.0.0/8". */
  readonly networks: readonly string[];
  /** Two servers of a back end may have the same address. */
  readonly duplicates: boolean;
}

/** An address of an answer, and whether another server of the same back end has it. */
export interface Candidate {
  readonly address: string;
  readonly taken: boolean;
}

/**
 * The address for a server (resolv_get_ip_from_response): of the preferred version rather than of the preferred network rather than one
 * that no other has rather than the one that it has, else the first.
 */
export function chooseAddress(
  candidates: readonly Candidate[],
  preferences: Preferences,
  current: string | undefined,
): string | undefined {
  const lists = networksOf(preferences.networks);
  const best: Record<4 | 6, string | undefined> = { 4: undefined, 6: undefined };
  let bestScore = -1;
  for (const { address, taken } of candidates) {
    if (taken && !preferences.duplicates) continue;
    const family = isIP(address) === 6 ? 6 : 4;
    let score = taken ? 0 : 2;
    if (family === preferences.family) score += 8;
    if (lists.check(address, family === 6 ? "ipv6" : "ipv4")) score += 4;
    if (address === current) score += 1;
    if (score > bestScore) {
      best[family] = address;
      bestScore = score;
    }
  }
  return preferences.family === 4 ? (best[4] ?? best[6]) : (best[6] ?? best[4]);
}

function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split("/");
    const family = isIP(address ?? "");
    if (family === 0) continue;
    const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
    list.addSubnet(address as string, prefix, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
