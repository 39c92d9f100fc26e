import { spawnSync } from "node:child_process";
import { type HostNetwork, leaveTunnels, takeTunnels } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { NetlinkError, type NewRoute } from "../netlink/index.js";
import { RouteProtocol } from "../netlink/route.js";
import { writeSysctl } from "../sys/index.js";
import type { Action } from "./action.js";
import { fullLength, type HostRoute } from "./host-state.js";

/** Makes one change. What it takes away may have gone by itself meanwhile. */
export function perform(action: Action, host: HostNetwork): void {
  const { links, addresses, routes } = host.network;
  switch (action.do) {
    case "set-sysctl":
      writeSysctl(action.parts, action.value);
      break;
    case "load-module":
      loadModule(action.name, action.link, host);
      break;
    case "set-link":
      links.change(action.link, { up: action.up });
      break;
    case "add-address": {
      const { address, link, label } = action;
      const noDuplicateDetection = address.family === 6;
      addresses.add(link, { address, noDuplicateDetection, ...(label !== undefined && { label }) });
      break;
    }
    case "remove-address": {
      const { address, link } = action;
      const prefixLength = fullLength(address);
      unlessGone(() => addresses.remove(link, { address, prefixLength }));
      break;
    }
    case "replace-route":
      routes.replace(newRoute(action.route));
      break;
    case "remove-route":
      unlessGone(() => routes.remove(newRoute(action.route)));
      break;
    case "take-tunnels": {
      const { vip, types, clampMss } = action;
      const devices = action.links.map((name) => links.get(name));
      takeTunnels(host, devices, vip, types, { clampMss });
      break;
    }
    case "leave-tunnels":
      leaveTunnels(host, action.vip);
      break;
  }
}

function unlessGone(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!NetlinkError.is(error, "EADDRNOTAVAIL", "ESRCH", "ENODEV")) throw error;
  }
}

function newRoute({ destination, hops, metric, source, mtu, protocol, onLink }: HostRoute): NewRoute {
  const [first, ...more] = hops.map(({ gateway, link, weight }) => ({
    link,
    ...(gateway && { gateway }),
    ...(weight !== undefined && { weight }),
  }));
  return {
    destination: destination.address,
    prefixLength: destination.length,
    ...(more.length > 0 ? { nextHops: [first!, ...more] } : first),
    ...(metric !== 0 && { metric }),
    ...(source && { source }),
    ...(mtu !== undefined && { mtu }),
    ...(onLink && { onLink }),
    protocol: protocol in RouteProtocol ? (protocol as keyof typeof RouteProtocol) : "static",
  };
}

/** Has modprobe load a kernel module that makes a device. */
function loadModule(name: string, link: string, host: HostNetwork): void {
  const { status, stderr, error } = spawnSync("modprobe", [name], { encoding: "utf8" });
  if (host.network.links.find(link)) return;
  const said = error?.message ?? stderr.trim();
  throw new RondoError(
    "no-ipip",
    status === 0
      ? `the module ${name} is loaded, but there is no ${link} in this network namespace`
      : `the module ${name} could not be loaded${said && `: ${said}`}`,
    {
      remedy:
        status === 0
          ? `net.core.fb_tunnels_only_for_init_net keeps it out; or leave --kernel out: Rondo takes packets out of tunnels by itself.`
          : "Leave --kernel out: Rondo takes packets out of tunnels by itself.",
    },
  );
}
