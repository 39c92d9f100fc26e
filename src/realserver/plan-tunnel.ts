import { RondoError } from "../errors.js";
import { checkRoomForVip } from "./check-vip.js";
import { type HostLink, type HostState, linkNamed } from "./host-state.js";
import type { Note } from "./plan.js";
import { loosenStep, loosenSteps, loSteps, silentSteps, takingLinks } from "./plan-direct.js";
import type { Step } from "./step.js";
import type { TunnelWanted } from "./wanted.js";

/** The kernel's own device for packets in IPIP whose sender no other device was made for. */
const tunl0 = "tunl0";

/** What a real server behind tunnels needs. */
export function tunnelPlan(wanted: TunnelWanted, state: HostState): { steps: Step[]; notes: Note[] } {
  const { vip, types, clampMss } = wanted;
  checkRoomForVip(vip, state);
  const links = takingLinks(wanted.interfaces, state);
  const notes = clampMss ? [] : mtuNotes(wanted, links);
  if (wanted.kernel) return { steps: kernelSteps(wanted, state), notes };
  if (links.length === 0)
    throw new RondoError("no-interface", "there is no Ethernet interface that is up", {
      remedy: "Set one up (ip link set DEV up), or name one: --interface DEV.",
    });
  const steps: Step[] = [
    ...silentSteps(vip, state),
    ...loosenSteps(vip, links, state),
    ...loSteps(vip, state),
    { kind: "decapsulation", vip, types, links: links.map(({ name }) => name), clampMss },
  ];
  return { steps, notes };
}

/**
 * The VIP stands on tunl0, and not on lo: for a device without an address the kernel's filter of sources drops all where it is
 * on, also with 2 (net/ipv4/fib_frontend.c, __fib_validate_source).
 */
function kernelSteps({ vip }: TunnelWanted, state: HostState): Step[] {
  if (vip.family === 6)
    throw new RondoError("no-ipip", "the kernel's tunl0 takes IPv4 in IPv4 only, and this VIP is IPv6", {
      remedy: "Leave --kernel out: Rondo takes IPv6 out of tunnels by itself.",
    });
  const device = linkNamed(state, tunl0);
  if (device && device.kind !== "ipip")
    throw new RondoError(
      "no-ipip",
      `${tunl0} is a device of kind ${device.kind ?? "unknown"} here, and not the kernel's IPIP`,
      {
        remedy: "Leave --kernel out: Rondo takes packets out of tunnels by itself.",
      },
    );
  if (!state.hasIpip)
    throw new RondoError(
      "no-ipip",
      "this kernel has no IPIP: there is no tunl0, and no module ipip to load",
      {
        remedy: "Leave --kernel out: Rondo takes packets out of tunnels by itself.",
      },
    );
  return [
    { kind: "module", name: "ipip", link: tunl0 },
    ...silentSteps(vip, state),
    // The way back to a client never is tunl0.
    loosenStep(tunl0, state),
    { kind: "address", link: tunl0, address: vip },
    { kind: "link", name: tunl0 },
  ];
}

/** A packet of 1500 bytes has no room for a header more. */
function mtuNotes({ kernel }: TunnelWanted, links: readonly HostLink[]): Note[] {
  const small = links.filter(({ mtu }) => mtu <= 1500);
  if (small.length === 0) return [];
  const most = Math.min(...small.map(({ mtu }) => mtu));
  const better = kernel ? "" : ", or let --clamp-mss have clients send less";
  return [
    {
      level: "advice",
      text: `with an MTU of ${most} (${small.map(({ name }) => name).join(", ")}) a tunnel leaves room for packets of ${most - 20} bytes, with IPv6 and GUE ${most - 52}: give director and server a larger one${better}`,
    },
  ];
}
