import type { Hook } from "../../asm/index.js";
import { type BpfProgram, hasFeature, loadWritten } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import type { Link } from "../../netlink/index.js";
import { readSysctl, writeSysctl } from "../../sys/index.js";
import { type Attachment, attachments, forgetGone, put } from "./attached.js";
import { director } from "./director.js";
import { givenBy, givenMac, givenSecrets } from "./given.js";
import type { HostNetwork } from "./host-network.js";
import { sharedProgram } from "./shared-program.js";
import type { DirectorState, KnownTable } from "./state.js";
import { closeTrace, openTrace } from "./trace-pins.js";

/** Where the director is to be attached: "tc" is a tcx link, or a clsact qdisc's filter where there is no tcx. */
export type WantedHook = "auto" | "xdp" | "tc" | "clsact";

/** An interface that took no director. */
export interface AttachFailure {
  readonly link: Link;
  readonly error: Error;
}

/** Larger packets come in several buffers, which a program has to say that it understands. */
const oneBufferMtu = 3400;

/** Interfaces that the director is attached to on its own: Ethernet devices that are up and no port of a bridge or bond. */
export function eligible<T extends Pick<Link, "up" | "loopback" | "mac" | "hardwareType" | "master">>(
  links: readonly T[],
): T[] {
  return links.filter(
    (link) => link.up && !link.loopback && link.mac && link.hardwareType === 1 && link.master === undefined,
  );
}

/**
 * Attaches the director where it is not yet: to all of `links`, or to all interfaces that are {@link eligible}. One that takes
 * none doesn't hinder the others. Gives those that took none; not those that have gone meanwhile.
 */
export function attachWhereMissing(
  state: DirectorState,
  host: HostNetwork,
  links: readonly Link[] = eligible(host.network.links.list()),
): AttachFailure[] {
  forgetGone(state, host);
  const attached = new Set(attachments(state, host).map(({ link }) => link.index));
  return links.flatMap((link) => {
    if (attached.has(link.index)) return [];
    try {
      attach(state, host, link, "auto");
      return [];
    } catch (error) {
      return host.network.links.find(link.index) ? [{ link, error: error as Error }] : [];
    }
  });
}

/**
 * Attaches the director to an interface, or puts a new program in the place of the one that is there: at one stroke, or, at
 * another hook, before the old one is taken away. What fails leaves all as it was.
 */
export function attach(state: DirectorState, host: HostNetwork, link: Link, wanted: WantedHook): Attachment {
  if (!link.mac || link.loopback) throw new RondoError("not-ethernet", `${link.name} is no Ethernet device`);
  allowRouting();
  const hook = wanted === "auto" ? preferredHook(host, link) : wanted;
  if (wanted !== "auto" || hook === "tc") return attachAt(state, host, link, hook);
  try {
    return attachAt(state, host, link, "xdp");
  } catch {
    // The driver was less sure than it said.
    return attachAt(state, host, link, "tc");
  }
}

function attachAt(
  state: DirectorState,
  host: HostNetwork,
  link: Link,
  hook: Exclude<WantedHook, "auto">,
): Attachment {
  const attachment = hook !== "tc" ? hook : hasFeature("tcx-links") ? "tcx" : "clsact";
  const program = loadDirector(state, link, hook === "xdp" ? "xdp" : "tc");
  try {
    put(state, host, link, program, attachment);
    return attachment;
  } finally {
    program.close();
  }
}

/** Lets the packet program ask the routing as the loopback device, see next-hop.ts; over IPv6 too if this host has it. */
export function allowRouting(): void {
  for (const family of ["ipv4", "ipv6"]) {
    const name = `net.${family}.conf.lo.forwarding`;
    try {
      if (readSysctl(name) !== "1") writeSysctl(name, 1);
    } catch (error) {
      if (!(family === "ipv6" && error instanceof RondoError && error.code === "no-sysctl")) throw error;
    }
  }
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

/** Loads a director's program for an interface, made for a connection table of this shape in these maps. */
export function loadDirector(
  state: DirectorState,
  link: Link,
  hook: Hook,
  { shape, maps }: KnownTable = state.knownTable,
): BpfProgram {
  const records = hook === "tc" || hasFeature("xdp-load-bytes");
  const trace = openTrace(state);
  const config = {
    hook,
    ...shape,
    secrets: givenSecrets,
    send: "redirect",
    records,
    ...(trace && { traces: true }),
  } as const;
  const known = { ...maps, ...trace };
  try {
    if (hook === "tc") return sharedProgram(state, config, known);
    // Where it may be, always: a driver refuses an MTU that the program it has can't take.
    const fragments = hasFeature("xdp-fragments") || link.mtu > oneBufferMtu;
    return loadWritten(director({ ...config, mac: givenMac }), known, {
      fragments,
      given: givenBy(state, link),
      madeOf: config,
    });
  } finally {
    if (trace) closeTrace(trace);
  }
}
