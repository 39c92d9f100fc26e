import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Hook } from "../../asm/index.js";
import {
  attachTcx,
  attachXdp,
  type BpfProgram,
  hasFeature,
  listPins,
  loadWritten,
  openPinnedLink,
} from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { type Link, NetlinkError } from "../../netlink/index.js";
import { readSysctl, writeSysctl } from "../../sys/index.js";
import { director } from "./director.js";
import type { HostNetwork } from "./host-network.js";
import type { DirectorState } from "./state.js";

/** How the director sits at an interface: native XDP, tc ingress by a link (tcx), or by a clsact qdisc's filter. */
export type Attachment = "xdp" | "tcx" | "clsact";

/** Where our filter stands at a clsact qdisc. */
const filterPlace = { hook: "ingress", priority: 49152, handle: 1 } as const;
/** Larger packets come in several buffers, which a program has to say that it understands. */
const oneBufferMtu = 3400;

/** Interfaces that the director is attached to on its own: Ethernet devices that are up and no port of a bridge or bond. */
export function eligible(links: readonly Link[]): Link[] {
  return links.filter(
    (link) => link.up && !link.loopback && link.mac && link.hardwareType === 1 && link.master === undefined,
  );
}

/** Attaches the director where it is not yet, to all interfaces that are {@link eligible}. */
export function attachWhereMissing(state: DirectorState, host: HostNetwork): void {
  const attached = new Set(attachments(state, host).map(({ link }) => link.index));
  for (const link of eligible(host.network.links.list())) {
    if (!attached.has(link.index)) attach(state, host, link, "auto");
  }
}

/** A hook by name, the best one, or tc's by a clsact qdisc though there may be tcx. */
export type WantedHook = Hook | "auto" | "clsact";

/** Attaches the director to an interface, or puts a new program in the place of the one that is there, at one stroke. */
export function attach(state: DirectorState, host: HostNetwork, link: Link, wanted: WantedHook): Attachment {
  if (!link.mac || link.loopback) throw new RondoError("not-ethernet", `${link.name} is no Ethernet device`);
  allowRouting();
  const hook = wanted === "auto" ? preferredHook(host, link) : wanted;
  if (wanted !== "auto" || hook !== "xdp") return attachAt(state, host, link, hook);
  try {
    return attachAt(state, host, link, "xdp");
  } catch {
    // The driver was less sure than it said.
    return attachAt(state, host, link, "tc");
  }
}

function attachAt(state: DirectorState, host: HostNetwork, link: Link, hook: Hook | "clsact"): Attachment {
  const attachment = hook === "tc" ? (hasFeature("tcx-links") ? "tcx" : "clsact") : hook;
  const program = loadFor(state, link, hook === "xdp" ? "xdp" : "tc");
  try {
    const existing = attachmentOf(state, host, link);
    if (existing && existing !== attachment) detach(state, host, link);
    if (attachment === "clsact") attachFilter(state, host, link, program);
    else attachLink(state, link, program, attachment);
    return attachment;
  } finally {
    program.close();
  }
}

/** Lets the packet program ask the routing as the loopback device, see next-hop.ts. */
export function allowRouting(): void {
  const name = "net.ipv4.conf.lo.forwarding";
  if (readSysctl(name) !== "1") writeSysctl(name, 1);
}

/** Takes the director from an interface. */
export function detach(state: DirectorState, host: HostNetwork, link: Link): boolean {
  const attachment = attachmentOf(state, host, link);
  if (!attachment) return false;
  if (attachment === "clsact") {
    host.network.trafficControl.removeFilter(link.index, filterPlace);
    unlinkSync(programPin(state, link.index));
  } else {
    const path = linkPin(state, link.index);
    const held = openPinnedLink(path);
    held.detach();
    held.close();
    unlinkSync(path);
  }
  return true;
}

/** Where the director is attached now. Pins of interfaces that are gone are removed. */
export function attachments(
  state: DirectorState,
  host: HostNetwork,
): { link: Link; attachment: Attachment }[] {
  const links = new Map(host.network.links.list().map((link) => [link.index, link]));
  const found: { link: Link; attachment: Attachment }[] = [];
  for (const name of listPins(state.folder)) {
    const match = /^(link|filter)_(\d+)$/.exec(name);
    if (!match) continue;
    const link = links.get(Number(match[2]));
    const attachment = link && attachmentOf(state, host, link);
    if (link && attachment) found.push({ link, attachment });
    else unlinkSync(join(state.folder, name));
  }
  return found;
}

function attachmentOf(state: DirectorState, host: HostNetwork, link: Link): Attachment | undefined {
  const path = linkPin(state, link.index);
  if (existsSync(path)) {
    const held = openPinnedLink(path);
    const { interfaceIndex, point } = held.info();
    held.close();
    return interfaceIndex === link.index ? point : undefined;
  }
  if (!existsSync(programPin(state, link.index))) return undefined;
  const filters = host.network.trafficControl.filters(link.index, "ingress");
  return filters.some(
    ({ priority, handle }) => priority === filterPlace.priority && handle === filterPlace.handle,
  )
    ? "clsact"
    : undefined;
}

/**
 * Native XDP where it is sure to work: where the driver says that it takes programs, sends what they transmit, and receives
 * what they redirect. A veth may do all of that or lose packets, as its other end likes (GRO, offloads): tc for those.
 */
function preferredHook(host: HostNetwork, link: Link): Hook {
  if (link.kind !== undefined) return "tc"; // veth, macvlan, bridge …: no hardware
  const features = host.network.xdpFeatures(link.index);
  return features?.basic && features.redirect && features.receivesRedirected ? "xdp" : "tc";
}

function loadFor(state: DirectorState, link: Link, hook: Hook): BpfProgram {
  const { bucketCount, secrets } = state.settings;
  const program = director({
    hook,
    mac: link.mac!.bytes,
    buckets: bucketCount,
    secrets: [...secrets] as [bigint, bigint, bigint],
    send: "redirect",
  });
  const fragments = hook === "xdp" && link.mtu > oneBufferMtu;
  return loadWritten(program, state.maps, { fragments });
}

function attachFilter(state: DirectorState, host: HostNetwork, link: Link, program: BpfProgram): void {
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
  trafficControl.replaceFilter(link.index, { ...filterPlace, program: program.fd, name: "rondo" });
  program.pin(programPin(state, link.index), { replace: true });
}

function attachLink(state: DirectorState, link: Link, program: BpfProgram, point: "xdp" | "tcx"): void {
  const path = linkPin(state, link.index);
  if (existsSync(path)) {
    const held = openPinnedLink(path);
    try {
      if (held.info().interfaceIndex === link.index) {
        held.update(program);
        return;
      }
      unlinkSync(path);
    } finally {
      held.close();
    }
  }
  const made = point === "xdp" ? attachXdp(program, link.index) : attachTcx(program, link.index);
  try {
    made.pin(path);
  } finally {
    made.close();
  }
}

const linkPin = (state: DirectorState, index: number) => join(state.folder, `link_${index}`);
const programPin = (state: DirectorState, index: number) => join(state.folder, `filter_${index}`);
