import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/index.js";
import type { Action } from "./action.js";
import { sameWay } from "./holds.js";
import {
  fullLength,
  type HostRoute,
  type HostState,
  linkNamed,
  ownersOf,
  reachesGateways,
} from "./host-state.js";
import type { Plan } from "./plan.js";
import { nameOf, type Step } from "./step.js";
import { keyOf, type Wanted, wantedFrom, wantedToJson } from "./wanted.js";

/** A change that was made, with what takes it back. */
export type Done =
  | {
      readonly kind: "sysctl";
      readonly parts: readonly string[];
      readonly before: string;
      readonly set: string;
    }
  /** Set up; with the addresses that it had before. */
  | { readonly kind: "link"; readonly link: string; readonly had: readonly string[] }
  | {
      readonly kind: "address";
      readonly link: string;
      readonly address: IpAddress;
      readonly label?: string | undefined;
    }
  | { readonly kind: "route"; readonly route: HostRoute; readonly before?: HostRoute | undefined }
  | { readonly kind: "tunnels"; readonly vip: IpAddress };

/** What a host was made, and what was changed for that. */
export interface Made {
  /** By {@link keyOf}: the servers, each with the names of all that it needs, in whatever way that came to be. */
  readonly servers: ReadonlyMap<string, { readonly wanted: Wanted; readonly needs: readonly string[] }>;
  /** By the name of a step: the changes, in the order in which they were made first. */
  readonly done: ReadonlyMap<string, Done>;
}

export const nothingMade: Made = { servers: new Map(), done: new Map() };

/** The record once a plan is under way; `actions` are what it does about each step, and `state` is how it is before. */
export function noted(
  made: Made,
  plan: Plan,
  actions: ReadonlyMap<Step, readonly Action[]>,
  state: HostState,
): Made {
  const done = new Map(made.done);
  for (const [step, of] of actions)
    for (const action of of) {
      const name = nameOf(step);
      const change = changeOf(action, state);
      if (!change) continue;
      const known = done.get(name);
      // What it is now is what was before, unless it is our own work of an earlier time.
      const kept = known && sameSubject(known, change) && isStill(known, state);
      done.set(name, kept ? withBefore(change, known) : change);
    }
  const servers = new Map(made.servers);
  servers.set(keyOf(plan.wanted), { wanted: plan.wanted, needs: plan.steps.map(nameOf) });
  return { servers, done };
}

function changeOf(action: Action, state: HostState): Done | undefined {
  switch (action.do) {
    case "set-sysctl":
      return {
        kind: "sysctl",
        parts: action.parts,
        before: state.sysctl(action.parts) ?? action.value,
        set: action.value,
      };
    case "set-link":
      return { kind: "link", link: action.link, had: addressesOn(action.link, state) };
    case "add-address":
      return { kind: "address", link: action.link, address: action.address, label: action.label };
    case "replace-route":
      return { kind: "route", route: action.route, before: replacedBy(action.route, state) };
    case "take-tunnels":
      return { kind: "tunnels", vip: action.vip };
    default:
      return undefined;
  }
}

export const addressesOn = (name: string, state: HostState): string[] =>
  state.addresses.filter(({ link }) => link === name).map(({ address }) => address.toString());

/** The route whose place one takes: that with its destination and metric. */
function replacedBy(route: HostRoute, state: HostState): HostRoute | undefined {
  const before = sameRank(route, state);
  if (!before) return undefined;
  if (before.type === "unicast" && before.hops.length > 0)
    return reachesGateways(state, before) ? before : { ...before, onLink: true };
  throw new RondoError(
    "route-in-the-way",
    "there is a route to the same place that could not be put back afterwards: one of type unreachable and the like, or by a nexthop object",
    {
      remedy:
        "See it with `ip route show default` (or the client's network instead of default), and remove it.",
    },
  );
}

const sameRank = (route: HostRoute, state: HostState): HostRoute | undefined =>
  state.routes.find(
    ({ destination, metric }) =>
      metric === route.metric &&
      destination.length === route.destination.length &&
      destination.address.equals(route.destination.address),
  );

function sameSubject(one: Done, other: Done): boolean {
  if (one.kind === "route" && other.kind === "route") return one.route.metric === other.route.metric;
  return one.kind === other.kind;
}

function withBefore(change: Done, known: Done): Done {
  if (change.kind === "sysctl" && known.kind === "sysctl") return { ...change, before: known.before };
  if (change.kind === "link" && known.kind === "link") return known;
  if (change.kind === "route" && known.kind === "route") return { ...change, before: known.before };
  return change;
}

/** Whether a change is still as it was made: what somebody has changed since is his. */
export function isStill(done: Done, state: HostState): boolean {
  switch (done.kind) {
    case "sysctl":
      return state.sysctl(done.parts) === done.set;
    case "link":
      return linkNamed(state, done.link)?.up === true;
    case "address":
      return ownersOf(state, done.address).some(
        ({ link, prefixLength, label }) =>
          link === done.link &&
          prefixLength === fullLength(done.address) &&
          (done.label === undefined || label === done.label),
      );
    case "route": {
      const now = sameRank(done.route, state);
      return now !== undefined && sameWay(now, done.route) && now.protocol === done.route.protocol;
    }
    case "tunnels":
      return state.tunnels.some(({ vip }) => vip.equals(done.vip));
  }
}

/** The record as a text. */
export function recordText({ servers, done }: Made): string {
  const json = {
    format,
    servers: [...servers].map(([key, { wanted, needs }]) => ({
      key,
      wanted: JSON.stringify(wantedToJson(wanted)),
      needs,
    })),
    done: [...done].map(([name, change]) => ({ name, ...change })),
  };
  return `${JSON.stringify(json)}\n`;
}

const format = 2;

/** Reads what {@link recordText} gave; undefined if it is something else. */
export function parseRecord(text: string): Made | undefined {
  try {
    const json = JSON.parse(text, revive);
    if (json.format !== format) return undefined;
    return {
      servers: new Map(
        json.servers.map(({ key, wanted, needs }: { key: string; wanted: string; needs: string[] }) => [
          key,
          { wanted: wantedFrom(JSON.parse(wanted)), needs },
        ]),
      ),
      done: new Map(json.done.map(({ name, ...change }: { name: string }) => [name, change])),
    };
  } catch {
    return undefined;
  }
}

const addressKeys = ["address", "gateway", "source", "vip"];

/** Addresses stand as texts there. */
const revive = (key: string, value: unknown): unknown =>
  addressKeys.includes(key) && typeof value === "string" ? IpAddress.of(value) : value;
