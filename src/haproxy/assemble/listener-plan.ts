import type { Bind, HaproxyConfig, ProxySection } from "../../config/haproxy/model/index.js";

/** Whose connections a listener takes. */
export type ListenerOwner =
  | { readonly kind: "proxy"; readonly proxy: ProxySection }
  | { readonly kind: "peers"; readonly section: string }
  | { readonly kind: "runtime" } // stats socket
  | { readonly kind: "master" }; // -S

/**
 * One listener: one port of one address of a bind line. The same configuration gives the same plans in the same order, in whichever
 * process or thread: `index` names a listener everywhere.
 */
export interface ListenerPlan {
  readonly index: number;
  readonly owner: ListenerOwner;
  readonly bind: Bind;
  /** Of inet addresses. */
  readonly port: number | undefined;
  /** The owner's number of it, from 1. */
  readonly id: number;
  /** `name`, or "sock-1", "sock-2" … in the owner. */
  readonly name: string;
  readonly backlog: number;
}

/** All listeners that a configuration wants: those of proxies that aren't disabled, of peers sections, and stats sockets. */
export function listenerPlans(config: HaproxyConfig, proxyMaxconn?: number): ListenerPlan[] {
  const plans: ListenerPlan[] = [];
  const add = (owner: ListenerOwner, binds: readonly Bind[], backlog: number | undefined) => {
    const taken = new Set(binds.flatMap(({ id }) => (id === undefined ? [] : [id])));
    let next = 1;
    let count = 0;
    for (const bind of binds) {
      const ports =
        bind.address.kind === "inet" ? portsOf(bind.address.ports ?? { from: 0, to: 0 }) : [undefined];
      for (const [at, port] of ports.entries()) {
        count++;
        let { id } = bind;
        if (id === undefined || at > 0) {
          while (taken.has(next)) next++;
          id = next++;
        }
        plans.push({
          index: plans.length,
          owner,
          bind,
          port,
          id,
          name: bind.name ?? `sock-${count}`,
          backlog: bind.backlog ?? backlog ?? bind.maxconn ?? 1024,
        });
      }
    }
  };
  add({ kind: "runtime" }, config.global.statsSockets, config.global.statsMaxconn);
  for (const proxy of config.proxies)
    if (proxy.frontend && !proxy.disabled)
      add({ kind: "proxy", proxy }, proxy.binds, proxy.backlog ?? proxy.maxconn ?? proxyMaxconn);
  for (const { name, binds, disabled } of config.peers)
    if (!disabled) add({ kind: "peers", section: name }, binds, undefined);
  return plans;
}

function portsOf({ from, to }: { readonly from: number; readonly to: number }): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** "frontend a", as HAProxy's messages name an owner (proxy_type_str). */
export function ownerText(owner: ListenerOwner): string {
  if (owner.kind === "peers") return `peers ${owner.section}`;
  if (owner.kind === "runtime") return "frontend GLOBAL";
  if (owner.kind === "master") return "proxy MASTER";
  const { proxy } = owner;
  return `${proxy.frontend && proxy.backend ? "proxy" : proxy.frontend ? "frontend" : "backend"} ${proxy.name}`;
}
