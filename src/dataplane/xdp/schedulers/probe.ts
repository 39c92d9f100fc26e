import {
  constant32,
  give,
  type StructView,
  struct,
  type U32,
  u32,
  unless,
  variable,
  when,
} from "../../../asm/index.js";
import { servers } from "../maps.js";
import { isAvailable, word } from "./list.js";
import type { RequestView, ServiceView } from "./scheduler.js";

/** Bits of a service's flags, for sh and mh alike (IP_VS_SVC_F_SCHED1 and 2). */
const HashFlag = { fallback: 1, port: 2 } as const;

/** A look into a table of servers: at the place that the client's hash gives, and if need be at others. */
export const Probe = struct("Probe", {
  /** Where the servers' indexes begin, and where the table does. */
  servers: u32,
  table: u32,
  /** What is hashed, or its hash; what the first look gave. */
  value: u32,
  first: u32,
  chosen: u32,
  unused: u32,
});
type ProbeView = StructView<(typeof Probe)["shape"]>;

/** What of the client is hashed: its address, and with the flag its port. */
export function hashed(service: ServiceView, request: RequestView): U32 {
  const value = variable(request.client);
  when(service.flags.and(HashFlag.port).isNot(0), () => value.set(value.value.add(request.port)));
  return value.value;
}

/** How often to look: once, or with the flag once more in each of so many places. */
export function looks(service: ServiceView, size: number): U32 {
  const count = variable(constant32(1));
  when(service.flags.and(HashFlag.fallback).isNot(0), () => count.set(constant32(size + 1)));
  return count.value;
}

/** Ends the look with the server at a place of the list if that is available; else it goes on. */
export function takeIfAvailable(probe: ProbeView, place: U32): void {
  const index = word(probe.servers.add(place));
  unless(isAvailable(servers.at(index)), () => give(0));
  probe.set({ chosen: index });
  give(1);
}
