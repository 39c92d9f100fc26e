import type { Counters } from "../../proxy/index.js";
import {
  type BackendCounter,
  backendCounters,
  type FrontendCounter,
  frontendCounters,
  type ListenerCounter,
  listenerCounters,
} from "../run/index.js";

/** Where each counter stands, so that counting is one addition. */
export type Slots<Name extends string> = { readonly [name in Name]: number };

function slotsOf<Name extends string>(counters: Counters<Name>, names: readonly Name[]): Slots<Name> {
  const slots = {} as { [name in Name]: number };
  for (const name of names) slots[name] = counters.slot(name);
  return slots;
}

export const frontSlots = (counters: Counters<FrontendCounter>) => slotsOf(counters, frontendCounters);
export const backSlots = (counters: Counters<BackendCounter>) => slotsOf(counters, backendCounters);
export const listenerSlots = (counters: Counters<ListenerCounter>) => slotsOf(counters, listenerCounters);

/** Names of counters that a front end and its listeners both have. */
export type SharedCounter = FrontendCounter & ListenerCounter;

const statusNames = ["statusOther", "status1xx", "status2xx", "status3xx", "status4xx", "status5xx"] as const;

/** Which counter an answer counts in. */
export function statusCounter(status: number): (typeof statusNames)[number] {
  const hundreds = Math.floor(status / 100);
  return statusNames[hundreds >= 1 && hundreds <= 5 ? hundreds : 0] as (typeof statusNames)[number];
}
