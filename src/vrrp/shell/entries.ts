import type {
  AddressEntry,
  RouteEntry,
  RuleEntry,
  VrrpInstance,
} from "../../config/keepalived/model/index.js";
import type { NewAddress, NewRoute, NewRule } from "../../netlink/index.js";
import { IpAddress } from "../../wire/index.js";
import { ourProtocol } from "./interfaces.js";

/** An address as netlink takes it. `lifetime`: seconds until the kernel takes it off; undefined: never. */
export function addressOf(entry: AddressEntry, lifetime: number | undefined): NewAddress {
  const { address, peer, label, scope, preferredLifetime } = entry;
  const six = address.family === 6;
  const broadcast = broadcastOf(entry);
  const preferred = six && typeof preferredLifetime === "number" ? preferredLifetime : undefined;
  return {
    address,
    prefixLength: peer?.prefixLength ?? entry.prefixLength,
    protocol: ourProtocol,
    ...(peer && { peer: peer.address }),
    ...(broadcast && { broadcast }),
    ...(label !== undefined && !six && { label }),
    ...(scope !== undefined && { scope }),
    ...(lifetime !== undefined && { validSeconds: lifetime }),
    ...(preferred !== undefined && { preferredSeconds: Math.min(preferred, lifetime ?? preferred) }),
    // keepalived wants no detection, unless "-nodad" says that it does.
    noDuplicateDetection: six && !entry.noDad,
    home: entry.home,
    manageTemporary: entry.manageTempAddress,
    noPrefixRoute: entry.noPrefixRoute,
    autoJoin: entry.autoJoin,
  };
}

function broadcastOf({ address, prefixLength, broadcast }: AddressEntry): IpAddress | undefined {
  if (address.family === 6 || broadcast === undefined || broadcast === "-") return undefined;
  if (broadcast !== "+") return broadcast;
  const bytes = address.bytes.map((byte, index) => {
    const bits = Math.max(0, Math.min(8, prefixLength - 8 * index));
    return byte | (0xff >> bits);
  });
  return IpAddress.fromBytes(bytes);
}

/**
 * A route as netlink takes it.
 * @param index gives a device's index
 * @throws {MissingDevice} for one that isn't there
 */
export function routeOf(entry: RouteEntry, index: (device: string) => number | undefined): NewRoute {
  const { destination, hops, type, metrics, lockedMetrics } = entry;
  const link = (device: string) => {
    const found = index(device);
    if (found === undefined) throw new MissingDevice(device);
    return found;
  };
  const one = hops.length === 1 ? hops[0]! : undefined;
  return {
    family: entry.family,
    destination: destination.address,
    prefixLength: destination.prefixLength,
    type,
    protocol: entry.protocol ?? ourProtocol,
    metrics,
    lockedMetrics,
    ...(one?.via && { gateway: one.via }),
    ...(one?.device !== undefined && { link: link(one.device) }),
    ...(one?.onlink && { onLink: true }),
    ...(hops.length > 1 && {
      nextHops: hops.map(({ via, device, weight, onlink }) => ({
        ...(via && { gateway: via }),
        ...(device !== undefined && { link: link(device) }),
        ...(weight !== undefined && { weight }),
        onLink: onlink,
      })),
    }),
    ...(entry.source && { from: entry.source }),
    ...(entry.preferredSource && { source: entry.preferredSource }),
    ...(entry.table !== undefined && { table: entry.table }),
    ...(entry.tos !== undefined && { tos: entry.tos }),
    ...(entry.scope !== undefined && { scope: entry.scope }),
    ...(entry.metric !== undefined && { metric: entry.metric }),
    ...(entry.congestionControl !== undefined && { congestionControl: entry.congestionControl }),
    ...(entry.realms !== undefined && { realms: entry.realms }),
    ...(entry.preference !== undefined && { preference: entry.preference }),
    ...(entry.expires !== undefined && { expires: entry.expires }),
  };
}

export function ruleOf(entry: RuleEntry): NewRule {
  const { noTrack: _, trackGroup: __, at: ___, ...rule } = entry;
  return { ...rule, protocol: entry.protocol ?? ourProtocol };
}

/** A device that a route names isn't there. */
export class MissingDevice extends Error {
  readonly device: string;

  constructor(device: string) {
    super(`there is no interface ${device}`);
    this.device = device;
  }
}

/** What tells a route from others of an instance. */
export const routeKey = (entry: RouteEntry) => plain({ ...entry, at: undefined });
export const ruleKey = (entry: RuleEntry) => plain({ ...entry, at: undefined });

const plain = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part));

/**
 * Seconds that a virtual address lasts without being renewed: not longer than a backup waits for us, so that a router that
 * was killed has lost its addresses when another one takes them; not less than two, since a process may be held up.
 */
export function lifetimeOf({ advertInterval, downTimerAdverts }: VrrpInstance): number {
  return Math.min(10, Math.max(2, Math.floor((downTimerAdverts * advertInterval) / 1000)));
}
