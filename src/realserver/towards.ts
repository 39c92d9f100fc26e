import type { Action } from "./action.js";
import { holds } from "./holds.js";
import type { HostState } from "./host-state.js";
import { routeOf, type Step } from "./step.js";

/**
 * What makes a step hold: nothing, if it does. Only our program is put in place each time, as it may be an older one that
 * is there.
 */
export function towards(step: Step, state: HostState): Action[] {
  if (step.kind !== "decapsulation" && holds(step, state)) return [];
  switch (step.kind) {
    case "sysctl":
      return [{ do: "set-sysctl", parts: step.parts, value: String(step.set) }];
    case "module":
      return [{ do: "load-module", name: step.name, link: step.link }];
    case "link":
      return [{ do: "set-link", link: step.name, up: true }];
    case "address":
      return [{ do: "add-address", link: step.link, address: step.address, label: step.label }];
    case "gateway":
    case "route":
      return [{ do: "replace-route", route: routeOf(step) }];
    case "decapsulation": {
      const { vip, types, links, clampMss } = step;
      return [{ do: "take-tunnels", vip, types, links, clampMss }];
    }
  }
}
