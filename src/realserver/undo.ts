import type { Action } from "./action.js";
import { type HostState, linkNamed, reachesGateways } from "./host-state.js";
import { addressesOn, type Done, isStill, type Made } from "./record.js";

/**
 * What takes a server back: what was changed for it, is needed by no other, and is still as it was made. The last change goes
 * first. Gives the record as it is then, too.
 */
export function undoing(
  made: Made,
  key: string,
  state: HostState,
): { readonly actions: readonly Action[]; readonly left: Made } {
  const servers = new Map([...made.servers].filter(([one]) => one !== key));
  const needed = new Set([...servers.values()].flatMap(({ needs }) => needs));
  const gone = [...made.done].filter(([name]) => !needed.has(name)).reverse();
  return {
    actions: gone.flatMap(([, done]) => (isStill(done, state) ? back(done, state, made) : [])),
    left: { servers, done: new Map([...made.done].filter(([name]) => needed.has(name))) },
  };
}

function back(done: Done, state: HostState, made: Made): Action[] {
  switch (done.kind) {
    case "sysctl":
      return done.before === done.set ? [] : [{ do: "set-sysctl", parts: done.parts, value: done.before }];
    case "link":
      return hasOthers(done, state, made) ? [] : [{ do: "set-link", link: done.link, up: false }];
    case "address":
      return [{ do: "remove-address", link: done.link, address: done.address }];
    case "route": {
      const { route, before } = done;
      const isUsable =
        before?.hops.every(({ link }) => linkNamed(state, link)?.up === true) &&
        (before.onLink || reachesGateways(state, before));
      return [isUsable ? { do: "replace-route", route: before! } : { do: "remove-route", route }];
    }
    case "tunnels":
      return [{ do: "leave-tunnels", vip: done.vip }];
  }
}

/** Whether a device has got addresses that neither we nor the kernel gave it: somebody uses it. */
function hasOthers({ link, had }: Done & { kind: "link" }, state: HostState, made: Made): boolean {
  const ours = [...made.done.values()].flatMap((done) =>
    done.kind === "address" && done.link === link ? [done.address.toString()] : [],
  );
  return addressesOn(link, state).some(
    (text) => !had.includes(text) && !ours.includes(text) && !isLoopback(text),
  );
}

const isLoopback = (text: string): boolean => text.startsWith("127.") || text === "::1";
