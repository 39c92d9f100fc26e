import type { Bind } from "../../config/haproxy/model/index.js";
import { Counters, type Endpoint, SharedCount, type SharedMemory } from "../../proxy/index.js";
import { type ListenerCounter, type ListenerRun, listenerCounters } from "../run/index.js";
import type { ListenerPlan } from "./listener-plan.js";

/** A listener of this thread; what it counts is shared with the same listener of the other threads. */
export class Listener implements ListenerRun {
  readonly bind: Bind;
  readonly id: number;
  readonly name: string;
  readonly counters: Counters<ListenerCounter>;
  readonly sessions: SharedCount;
  addresses: readonly Endpoint[] = [];
  state: ListenerRun["state"] = "closed";

  constructor(plan: ListenerPlan, memory: SharedMemory) {
    this.bind = plan.bind;
    this.id = plan.id;
    this.name = plan.name;
    this.counters = new Counters(listenerCounters, ["sessionsMax"], memory, `listener ${plan.index}`);
    this.sessions = new SharedCount(memory, `listener ${plan.index} sessions`);
  }
}
