import type { IpAddress } from "../../../wire/address.js";
import type { Row, Word } from "../grammar/statement.js";
import type { RouteEntry, RouteHop } from "../model/index.js";
import { type Draft, defined, type Reading } from "../read/reading.js";
import { addressWithPrefix, missingInterface } from "./address-entry.js";
import { anyAddress } from "./addresses.js";
import { namedNumber } from "./named-numbers.js";
import { readRouteMetric } from "./route-metrics.js";
import { SkipLine, WordCursor } from "./word-cursor.js";
import { wholeNumber } from "./word-values.js";

type Prefix = { readonly address: IpAddress; readonly prefixLength: number };
const types = [
  "unicast",
  "local",
  "broadcast",
  "multicast",
  "throw",
  "unreachable",
  "prohibit",
  "blackhole",
  "nat",
  "anycast",
] as const;

interface RouteDraft extends Omit<Draft<RouteEntry>, "hops" | "destination" | "source"> {
  destination?: Prefix | "default";
  source?: Prefix | "default";
  via?: IpAddress;
  device?: string;
  onlink?: boolean;
  hops: RouteHop[];
  metrics: Record<string, number>;
  lockedMetrics: string[];
}

/** A line of virtual_routes or static_routes, as `ip route` takes it; undefined if it is to be skipped. */
export function readRoute(row: Row, reading: Reading, isStatic: boolean): RouteEntry | undefined {
  const cursor = new WordCursor(row.words, reading.findings);
  const route: RouteDraft = { hops: [], metrics: {}, lockedMetrics: [] };
  try {
    while (cursor.more && !readHops(cursor, route, reading)) readWord(cursor, route, reading, isStatic);
    return finish(row, route, reading);
  } catch (error) {
    if (error instanceof SkipLine) return undefined;
    throw error;
  }
}

/** The family that an address gives to the route, or that it must have. */
function family(cursor: WordCursor, route: RouteDraft, word: Word, value: 4 | 6): void {
  if (route.family !== undefined && route.family !== value)
    cursor.skip(word, `Cannot mix IPv4 and IPv6 addresses for route (${word.text})`);
  route.family = value;
}

export function routeDestination(reading: Reading, word: Word): Prefix | "default" | undefined {
  if (word.text === "default" || word.text === "any" || word.text === "all") return "default";
  return addressWithPrefix(reading, word);
}

function plain(cursor: WordCursor, route: RouteDraft, reading: Reading): IpAddress {
  let word = cursor.take();
  if (word.text === "inet" || word.text === "inet6") {
    family(cursor, route, word, word.text === "inet" ? 4 : 6);
    word = cursor.take();
  }
  const read = addressWithPrefix(reading, word, false);
  if (!read) throw new SkipLine();
  family(cursor, route, word, read.address.family);
  return read.address;
}

function device(cursor: WordCursor, reading: Reading): string {
  const word = cursor.take();
  if (!reading.interfaceExists(word.text)) {
    missingInterface(reading, word, `WARNING - interface ${word.text} for VROUTE nexthop doesn't exist`);
    throw new SkipLine();
  }
  return word.text;
}

function readWord(cursor: WordCursor, route: RouteDraft, reading: Reading, isStatic: boolean): void {
  const word = cursor.take();
  const { findings } = reading;
  const number = (
    table: Parameters<typeof namedNumber>[1],
    most: number,
    message: (text: string) => string,
  ) => {
    const value = cursor.take();
    return namedNumber(reading, table, value.text, most) ?? cursor.skip(value, message(value.text));
  };
  switch (word.text) {
    case "inet":
    case "inet6":
      family(cursor, route, word, word.text === "inet" ? 4 : 6);
      return;
    case "src":
      route.preferredSource = plain(cursor, route, reading);
      return;
    case "gw":
      findings.add(word.at, "deprecated", '"gw" for routes is deprecated. Please use "via"', {
        instead: "via",
        meant: "via",
        severity: "warning",
        refused: "error",
      });
      route.via = plain(cursor, route, reading);
      return;
    case "via":
      route.via = plain(cursor, route, reading);
      return;
    case "from": {
      const value = cursor.take();
      const source = routeDestination(reading, value);
      if (!source || (source !== "default" && source.address.family !== 6))
        cursor.skip(value, `route from address only supported with IPv6 (${value.text})`);
      family(cursor, route, value, 6);
      route.source = source;
      return;
    }
    case "tos":
    case "dsfield":
      route.tos = number("rt_dsfield", 255, (text) => `TOS value ${text} is invalid`);
      return;
    case "table":
      route.table = number("rt_tables", 0xffffffff, (text) => `Routing table ${text} not found for route`);
      return;
    case "protocol":
      route.protocol = number("rt_protos", 255, (text) => `Protocol ${text} not found or invalid for route`);
      return;
    case "scope":
      route.scope = number("rt_scopes", 255, (text) => `Scope ${text} not found or invalid for route`);
      return;
    case "metric":
    case "priority":
    case "preference":
      route.metric = wholeNumber(findings, cursor.take(), 0, 0xffffffff) ?? skip();
      return;
    case "dev":
    case "oif":
      route.device = device(cursor, reading);
      return;
    case "onlink":
      route.onlink = true;
      return;
    case "realms":
      family(cursor, route, word, 4);
      route.realms = realms(cursor, reading, "route");
      return;
    case "expires":
      family(cursor, route, word, 6);
      route.expires = wholeNumber(findings, cursor.take(), 0, 0xffffffff) ?? skip();
      return;
    case "pref": {
      family(cursor, route, word, 6);
      const value = cursor.take();
      const known = { low: 3, medium: 0, high: 1 }[value.text as "low"];
      route.preference = known ?? wholeNumber(findings, value, 0, 255) ?? skip();
      return;
    }
    case "append":
      route.append = true;
      return;
    case "add":
    case "prepend":
      route.append = false;
      return;
    case "no_track":
      route.noTrack = true;
      return;
    case "as":
    case "encap":
    case "ttl-propagate":
    case "vrf":
      unsupported(cursor, word);
      return;
    case "or":
      orHop(cursor, route, reading, word);
      return;
  }
  if (
    readRouteMetric(
      cursor,
      word,
      route.metrics,
      route.lockedMetrics,
      (text) => void (route.congestionControl = text),
    )
  )
    return;
  if (isStatic && word.text === "track_group") {
    const value = cursor.take();
    if (reading.trackGroups.some((group) => group.name === value.text)) route.trackGroup = value.text;
    else findings.add(value.at, "invalid-value", `track_group ${value.text} not found`);
    return;
  }
  destination(cursor, route, reading, word);
}

const skip = (): never => {
  throw new SkipLine();
};

/** MPLS, tunnels of the route itself and VRFs: read by the real one, not done here. */
function unsupported(cursor: WordCursor, word: Word): never {
  cursor.findings.add(word.at, "unsupported", `Routes with ${word.text} are not supported`, {
    refused: null,
    remedy: "Take the route away, or set it with ip route in a startup_script.",
  });
  throw new SkipLine();
}

function orHop(cursor: WordCursor, route: RouteDraft, reading: Reading, word: Word): void {
  reading.findings.add(word.at, "deprecated", '"or" for routes is deprecated. Please use "nexthop"', {
    severity: "warning",
    refused: "error",
  });
  const address = plain(cursor, route, reading);
  if (route.hops.length > 0) return;
  if (route.via) route.hops.push({ via: route.via, onlink: false });
  delete route.via;
  route.hops.push({ via: address, onlink: false });
}

export function realms(cursor: WordCursor, reading: Reading, what: string): number {
  const value = cursor.take();
  const parts = value.text
    .split("/")
    .map((part) => namedNumber(reading, "rt_realms", part, what === "route" ? 0xffffffff : 0xffffffff));
  const [one, two] = parts;
  if (parts.length > 2 || one === undefined || (parts.length === 2 && two === undefined))
    return cursor.skip(value, `Invalid realms ${value.text} for ${what}`);
  return two === undefined ? one : ((one << 16) | two) >>> 0;
}

function destination(cursor: WordCursor, route: RouteDraft, reading: Reading, first: Word): void {
  let word = first.text === "to" ? cursor.take() : first;
  const type = types.find((one) => one === word.text);
  if (type) {
    route.type = type;
    word = cursor.take();
  }
  const value = routeDestination(reading, word);
  if (!value)
    cursor.skip(
      word,
      `unknown route keyword ${word.text}`,
      "Write it as ip route takes it: DESTINATION via GATEWAY dev NAME.",
    );
  if (value !== "default") family(cursor, route, word, value.address.family);
  route.destination = value;
}

/** nexthop via ADDRESS dev NAME weight NUMBER onlink, again and again to the end of the line; true if there are any. */
function readHops(cursor: WordCursor, route: RouteDraft, reading: Reading): boolean {
  if (cursor.peek?.text !== "nexthop") return false;
  if (route.hops.length > 0) cursor.skip(cursor.peek, 'Cannot specify nexthops with "or" route');
  while (cursor.more) {
    const word = cursor.take();
    if (word.text !== "nexthop")
      cursor.skip(word, `Route has trailing nonsense after nexthops - ${word.text}`);
    const hop: { via?: IpAddress; device?: string; weight?: number; onlink: boolean } = { onlink: false };
    for (let more = true; more && cursor.more; ) {
      const option = cursor.take();
      if (option.text === "via") hop.via = plain(cursor, route, reading);
      else if (option.text === "dev") hop.device = device(cursor, reading);
      else if (option.text === "weight")
        hop.weight = wholeNumber(reading.findings, cursor.take(), 1, 256) ?? skip();
      else if (option.text === "onlink") hop.onlink = true;
      else if (option.text === "encap" || option.text === "as" || option.text === "realms")
        unsupported(cursor, option);
      else {
        cursor.back();
        more = false;
      }
    }
    route.hops.push(hop);
  }
  return true;
}

function finish(row: Row, route: RouteDraft, reading: Reading): RouteEntry | undefined {
  const { findings } = reading;
  const [first] = row.words;
  if (route.destination === undefined) {
    findings.add(first.at, "invalid-value", "Route must have a destination", {
      remedy: "Write default, or a network.",
    });
    return undefined;
  }
  const kind = route.family ?? 4;
  const whole = (value: Prefix | "default"): Prefix =>
    value === "default" ? { address: anyAddress(kind), prefixLength: 0 } : value;
  if (!route.noTrack) {
    if (route.protocol !== undefined && route.protocol !== 18)
      findings.add(
        first.at,
        "invalid-value",
        "Route cannot be tracked if protocol is not RTPROT_KEEPALIVED(18), resetting protocol",
        { remedy: "Add no_track." },
      );
    route.protocol = 18;
    if (route.device === undefined) {
      findings.warn(
        first.at,
        "untracked-route",
        `Warning - cannot track route ${routeText(route.destination)} with no interface specified, not tracking`,
        {
          refused: "error",
          remedy: "Add dev NAME, or no_track.",
        },
      );
      route.noTrack = true;
    }
  }
  if (route.trackGroup !== undefined && route.device === undefined) {
    findings.add(first.at, "invalid-value", "Static route cannot have track group if no oif specified");
    route.trackGroup = undefined;
  }
  const { via, device: dev, onlink, hops, destination: to, source, ...rest } = route;
  const single =
    via !== undefined || dev !== undefined ? [defined({ via, device: dev, onlink: onlink ?? false })] : [];
  return defined({
    ...rest,
    family: kind,
    type: route.type ?? "unicast",
    destination: whole(to!),
    source: source && whole(source),
    hops: hops.length > 0 ? hops : (single as RouteHop[]),
    append: route.append ?? false,
    noTrack: route.noTrack ?? false,
    at: findings.files.place(first.at.position()),
  }) as RouteEntry;
}

const routeText = (value: Prefix | "default") => (value === "default" ? value : value.address.toString());
