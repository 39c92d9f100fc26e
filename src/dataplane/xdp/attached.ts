import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  attachTcx,
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

/** Where our filter stands at a clsact qdisc. */
const filterPlace = ({ filterHandle = 1 }: Pinned) =>
  ({ hook: "ingress", priority: 49152, handle: filterHandle }) as const;

/** Where the director is attached now. */
export function attachments(state: Pinned, host: HostNetwork): { link: Link; attachment: Attachment }[] {
  return host.network.links.list().flatMap((link) => {
    const attachment = attachmentOf(state, host, link);
    return attachment ? [{ link, attachment }] : [];
  });
}

/** How the director is attached to an interface, if it is. */
export function attachmentOf(state: Pinned, host: HostNetwork, link: Link): Attachment | undefined {
  const held = linkOf(linkPin(state, link.index));
  if (held) {
    const { interfaceIndex, point } = held.info();
    held.close();
    if (interfaceIndex === link.index) return point;
  }
  return hasFilter(state, host, link) ? "clsact" : undefined;
}

/** Puts a program at an interface: in the place of the one that is there, at one stroke, or before that one is taken away. */
export function put(
  state: Pinned,
  host: HostNetwork,
  link: Link,
  program: BpfProgram,
  attachment: Attachment,
): void {
  if (attachment === "clsact") {
    putFilter(state, host, link, program);
    removeLink(state, link);
  } else {
    putLink(state, link, program, attachment);
    if (hasFilter(state, host, link)) removeFilter(state, host, link);
  }
}

/** Takes the director from an interface; false if it isn't there. */
export function detach(state: Pinned, host: HostNetwork, link: Link): boolean {
  const attachment = attachmentOf(state, host, link);
  if (!attachment) return false;
  if (attachment === "clsact") removeFilter(state, host, link);
  else removeLink(state, link);
  return true;
}

/** Removes the pins of interfaces that are gone, and what somebody left who was killed while pinning. Holds the lock. */
export function forgetGone(state: Pinned, host: HostNetwork): void {
  const links = new Map(host.network.links.list().map((link) => [link.index, link]));
  for (const name of listPins(state.folder)) {
    const pin = /^(link|filter)_(\d+)$/.exec(name);
    const link = links.get(Number(pin?.[2]));
    if (pin ? link && attachmentOf(state, host, link) : !name.endsWith("-new")) continue;
    rmSync(join(state.folder, name), { force: true });
  }
}

function putLink(state: Pinned, link: Link, program: BpfProgram, point: "xdp" | "tcx"): void {
  const path = linkPin(state, link.index);
  const held = linkOf(path);
  try {
    const there = held?.info();
    if (there?.interfaceIndex === link.index && there.point === point) {
      held!.update(program);
      return;
    }
    const made = point === "xdp" ? attachXdp(program, link.index) : attachTcx(program, link.index);
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

function removeLink(state: Pinned, link: Link): void {
  const path = linkPin(state, link.index);
  const held = linkOf(path);
  held?.detach();
  held?.close();
  rmSync(path, { force: true });
}

function putFilter(state: Pinned, host: HostNetwork, link: Link, program: BpfProgram): void {
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
  program.pin(filterPin(state, link.index), { replace: true });
  trafficControl.replaceFilter(link.index, { ...filterPlace(state), program: program.fd, name: "rondo" });
}

function removeFilter(state: Pinned, host: HostNetwork, link: Link): void {
  host.network.trafficControl.removeFilter(link.index, filterPlace(state));
  rmSync(filterPin(state, link.index), { force: true });
}

function hasFilter(state: Pinned, host: HostNetwork, link: Link): boolean {
  if (!existsSync(filterPin(state, link.index))) return false;
  const place = filterPlace(state);
  return host.network.trafficControl
    .filters(link.index, "ingress")
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

const linkPin = (state: Pinned, index: number) => join(state.folder, `link_${index}`);
const filterPin = (state: Pinned, index: number) => join(state.folder, `filter_${index}`);
