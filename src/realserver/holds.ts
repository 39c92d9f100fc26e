import {
  defaultRoutes,
  fullLength,
  type HostRoute,
  type HostState,
  linkNamed,
  ownersOf,
} from "./host-state.js";
import { routeOf, type Step } from "./step.js";
import { sameTypes } from "./wanted.js";

/** Whether what a step wants is so on a host. */
export function holds(step: Step, state: HostState): boolean {
  switch (step.kind) {
    case "sysctl": {
      const value = state.sysctl(step.parts);
      return value !== undefined && step.allowed.includes(Number(value));
    }
    case "module":
      return linkNamed(state, step.link) !== undefined;
    case "link":
      return linkNamed(state, step.name)?.up === true;
    case "address":
      return ownersOf(state, step.address).some(
        ({ link, prefixLength }) =>
          (link === step.link || (step.link === "lo" && isDummy(state, link))) &&
          prefixLength === fullLength(step.address),
      );
    case "gateway": {
      const [first] = defaultRoutes(state, step.gateway.family);
      return first !== undefined && sameWay(first, routeOf(step));
    }
    case "route": {
      const wanted = routeOf(step);
      const found = routesTo(state, wanted).sort((a, b) => a.metric - b.metric)[0];
      return found !== undefined && sameWay(found, wanted);
    }
    case "decapsulation": {
      const here = state.tunnels.find(({ vip }) => vip.equals(step.vip));
      return (
        here !== undefined &&
        sameTypes(here.types, step.types) &&
        step.links.every((link) => state.unwrapping.includes(link)) &&
        (!step.clampMss || step.links.every((link) => state.clamping.includes(link)))
      );
    }
  }
}

/** Whether an address there is as good as on lo: nothing is plugged into a dummy device. */
const isDummy = (state: HostState, link: string): boolean => linkNamed(state, link)?.kind === "dummy";

/** The routes with the same destination. */
export const routesTo = (state: HostState, { destination }: HostRoute): HostRoute[] =>
  state.routes.filter(
    (route) =>
      route.destination.length === destination.length &&
      route.destination.address.equals(destination.address),
  );

/** Whether two routes lead by the same next hop. */
export function sameWay(one: HostRoute, other: HostRoute): boolean {
  const [a, b] = [one, other].map(({ hops }) =>
    hops.map(({ gateway, link }) => `${gateway ?? ""} ${link}`).join(),
  );
  return one.type === other.type && one.hops.length > 0 && a === b;
}
