import type { Bind, SocketAddress } from "../../../config/haproxy/model/index.js";
import type { ListenerPlan } from "../listener-plan.js";

/** A plan of tests: one listener at an address, on line 3 and following of a.cfg. */
export function listenerPlan(address: SocketAddress, index = 0, more: Partial<Bind> = {}): ListenerPlan {
  const bind = {
    address,
    text: "",
    transparent: false,
    v6only: false,
    deferAccept: false,
    tfo: false,
    ...more,
  };
  return {
    index,
    owner: { kind: "runtime" },
    bind: { ...bind, place: { file: "a.cfg", line: 3 + index, column: 1 } } as Bind,
    port: address.kind === "inet" ? address.ports?.from : undefined,
    id: index + 1,
    name: `sock-${index + 1}`,
    backlog: 16,
  };
}
