import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  attachTcx,
  attachTcxEgress,
  attachXdp,
  type BpfLink,
  type BpfProgram,
  listPins,
  openPinnedLink,
} from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { type Link, NetlinkError } from "../../netlink/index.js";
import { SystemError } from "../../sys/index.js";
import type { HostNetwork } from "./host-network.js";

/** How the director sits at an interface: native XDP, tc ingress by a link (tcx), or by a clsact qdisc's filter. */
export type Attachment = "xdp" | "tcx" | "clsact";

/** Where a state has its pins, and its filters at clsact qdiscs a number of their own (1 if none is given). */
export interface Pinned {
  readonly folder: string;
  readonly filterHandle?: number;
}

/** Which packets of a device a program sees: those that come in, or those that leave (at tc alone). */
type Side = "ingress" | "egress";

/** Where our filter stands at a clsact qdisc. */
const filterPlace = ({ filterHandle = 1 }: Pinned, side: Side) =>
  ({ hook: side, priority: 49152, handle: filterHandle }) as const;

/** Where the director is attached now. */
export function attachments(state: Pinned, host: HostNetwork): { link: Link; attachment: Attachment }[] {
  return host.network.links.list().flatMap((link) => {
    const attachment = attachmentOf(state, host, link);
    return attachment ? [{ link, attachment }] : [];
  });
}

/** How the director (or, at egress, what sees its own answers) is attached to an interface, if it is. */
export function attachmentOf(
  state: Pinned,
  host: HostNetwork,
  link: Link,
  side: Side = "ingress",
): Attachment | undefined {
  const held = linkOf(linkPin(state, link.index, side));
  if (held) {
    const { interfaceIndex, point } = held.info();
    held.close();
    if (interfaceIndex === link.index) return point;
  }
  return hasFilter(state, host, link, side) ? "clsact" : undefined;
}

/** Puts a program at an interface: in the place of the one that is there, at one stroke, or before that one is taken away. */
export function put(
  state: Pinned,
  host: HostNetwork,
  link: Link,
  program: BpfProgram,
  attachment: Attachment,
  side: Side = "ingress",
): void {
  if (attachment === "clsact") {
    putFilter(state, host, link, program, side);
    removeLink(state, link, side);
  } else {
    putLink(state, link, program, attachment, side);
    if (hasFilter(state, host, link, side)) removeFilter(state, host, link, side);
  }
}

/** Takes the director from an interface; false if it isn't there. */
export function detach(state: Pinned, host: HostNetwork, link: Link, side: Side = "ingress"): boolean {
  const attachment = attachmentOf(state, host, link, side);
  if (!attachment) return false;
  if (attachment === "clsact") removeFilter(state, host, link, side);
  else removeLink(state, link, side);
  return true;
}

/** Removes the pins of interfaces that are gone, and what somebody left who was killed while pinning. Holds the lock. */
export function forgetGone(state: Pinned, host: HostNetwork): void {
  const links = new Map(host.network.links.list().map((link) => [link.index, link]));
  for (const name of listPins(state.folder)) {
    const pin = /^(?:link|filter)(_out)?_(\d+)$/.exec(name);
    const link = links.get(Number(pin?.[2]));
    const side = pin?.[1] ? "egress" : "ingress";
    if (pin ? link && attachmentOf(state, host, link, side) : !name.endsWith("-new")) continue;
    rmSync(join(state.folder, name), { force: true });
  }
}

function putLink(state: Pinned, link: Link, program: BpfProgram, point: "xdp" | "tcx", side: Side): void {
  const path = linkPin(state, link.index, side);
  const held = linkOf(path);
  try {
    const there = held?.info();
    if (there?.interfaceIndex === link.index && there.point === point) {
      held!.update(program);
      return;
    }
    const attach = point === "xdp" ? attachXdp : side === "egress" ? attachTcxEgress : attachTcx;
    const made = attach(program, link.index);
    try {
      made.pin(path, { replace: true });
    } finally {
      made.close();
    }
    held?.detach();
  } finally {
    held?.close();
  }
}

function removeLink(state: Pinned, link: Link, side: Side): void {
  const path = linkPin(state, link.index, side);
  const held = linkOf(path);
  held?.detach();
  held?.close();
  rmSync(path, { force: true });
}

function putFilter(state: Pinned, host: HostNetwork, link: Link, program: BpfProgram, side: Side): void {
  const { trafficControl } = host.network;
  try {
    trafficControl.ensureClsact(link.index);
  } catch (error) {
    if (!NetlinkError.is(error, "ENOENT")) throw error;
    throw new RondoError(
      "no-tc-hook",
      "this kernel has no hook at tc ingress: neither tcx (Linux 6.6) nor the clsact qdisc",
      {
        cause: error,
        remedy:
          "`modprobe sch_ingress` may bring it; or attach the director by native XDP: `rondo director attach --hook xdp`.",
      },
    );
  }
  // The pin tells that the filter is ours, so it is there first.
  program.pin(filterPin(state, link.index, side), { replace: true });
  trafficControl.replaceFilter(link.index, {
    ...filterPlace(state, side),
    program: program.fd,
    name: "rondo",
  });
}

function removeFilter(state: Pinned, host: HostNetwork, link: Link, side: Side): void {
  host.network.trafficControl.removeFilter(link.index, filterPlace(state, side));
  rmSync(filterPin(state, link.index, side), { force: true });
}

function hasFilter(state: Pinned, host: HostNetwork, link: Link, side: Side): boolean {
  if (!existsSync(filterPin(state, link.index, side))) return false;
  const place = filterPlace(state, side);
  return host.network.trafficControl
    .filters(link.index, side)
    .some(({ priority, handle }) => priority === place.priority && handle === place.handle);
}

/** The link pinned at a path, if there is one. */
function linkOf(path: string): BpfLink | undefined {
  try {
    return openPinnedLink(path);
  } catch (error) {
    if (SystemError.is(error, "ENOENT")) return undefined;
    throw error;
  }
}

const pinned = (kind: string, index: number, side: Side) =>
  side === "egress" ? `${kind}_out_${index}` : `${kind}_${index}`;
const linkPin = (state: Pinned, index: number, side: Side) => join(state.folder, pinned("link", index, side));
const filterPin = (state: Pinned, index: number, side: Side) =>
  join(state.folder, pinned("filter", index, side));
