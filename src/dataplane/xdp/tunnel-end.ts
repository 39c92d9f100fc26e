import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Hook } from "../../asm/index.js";
import {
  attachTcxEgress,
  type BpfMap,
  createMap,
  hasFeature,
  loadWritten,
  makePinFolder,
  mapSpecOf,
  openPinnedLink,
  openPinnedMap,
  pinFolder,
  removePins,
} from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import type { Link } from "../../netlink/index.js";
import { lockFolder } from "../../sys/index.js";
import { IpAddress } from "../../wire/address.js";
import { attachments, detach, type Pinned, put } from "./attached.js";
import { collectDeadNamespaces } from "./collect.js";
import { Accepted, decapsulator, TunnelUse, TunnelVip, tunnelVips } from "./decapsulate.js";
import { givenMac } from "./given.js";
import type { HostNetwork } from "./host-network.js";
import { TunnelType } from "./layout.js";
import { mssClamper } from "./mss-clamp.js";
import { tunnelOverheadOf } from "./tunnel.js";

/** By which tunnels packets for a VIP are taken. */
export interface TunnelTypes {
  readonly ipip: boolean;
  readonly gre: boolean;
  /** GUE's UDP port. */
  readonly gue?: number;
}

/** A VIP that this host takes packets in tunnels for, and what has come. */
export interface TunnelEnd {
  readonly vip: IpAddress;
  readonly types: TunnelTypes;
  readonly packets: bigint;
  readonly bytes: bigint;
}

/**
 * Has this host take packets for a VIP out of tunnels that come in by these interfaces. It goes on without a process; doing it
 * again changes nothing but the types.
 */
export function takeTunnels(
  host: HostNetwork,
  links: readonly Link[],
  vip: IpAddress,
  types: TunnelTypes,
  options: { hook?: Hook; clampMss?: boolean } = {},
): void {
  const { hook = "tc", clampMss = false } = options;
  collectDeadNamespaces();
  withMap(makePinFolder(undefined, "server"), (pinned, vips) => {
    const accepted =
      (types.ipip ? Accepted.ipip : 0) | (types.gre ? Accepted.gre : 0) | (types.gue ? Accepted.gue : 0);
    const known = vips.lookup(keyOf(vip));
    const counts = known && TunnelUse.over(known);
    vips.update(
      keyOf(vip),
      TunnelUse.encode({
        accepted,
        port: types.gue ?? 0,
        packets: counts?.packets ?? 0n,
        bytes: counts?.bytes ?? 0n,
      }),
    );
    for (const link of links) {
      if (!link.mac) throw new RondoError("not-ethernet", `${link.name} is no Ethernet device`);
      const program = loadWritten(
        decapsulator(hook, givenMac),
        { [tunnelVips.name]: vips },
        { given: { [givenMac.name]: link.mac.bytes }, madeOf: {} },
      );
      try {
        put(pinned, host, link, program, hook === "xdp" ? "xdp" : hasFeature("tcx-links") ? "tcx" : "clsact");
      } finally {
        program.close();
      }
      if (clampMss) putAnswers(pinned, link, vips);
    }
  });
}

/** The longest of all outer headers: IPv6, UDP and GUE. */
const longest = tunnelOverheadOf({ family: 6, tunnelType: TunnelType.gue, tunnelFlags: 0 });

/** Has answers that leave by a device announce a maximum segment size that fits every tunnel. */
function putAnswers(pinned: Pinned, link: Link, vips: BpfMap): void {
  if (!hasFeature("tcx-links"))
    throw new RondoError("no-tcx", "lowering the MSS of answers needs tcx (Linux 6.6)", {
      remedy: "Give the route an advmss instead: see docs/manual/realserver.md.",
    });
  removeAnswers(pinned, link.index);
  const program = loadWritten(mssClamper(link.mtu - longest), { [tunnelVips.name]: vips });
  try {
    const held = attachTcxEgress(program, link.index);
    held.pin(answersPin(pinned, link.index), { replace: true });
    held.close();
  } finally {
    program.close();
  }
}

function removeAnswers(pinned: Pinned, index: number): void {
  const path = answersPin(pinned, index);
  if (!existsSync(path)) return;
  const held = openPinnedLink(path);
  held.detach();
  held.close();
  rmSync(path, { force: true });
}

const answersPin = ({ folder }: Pinned, index: number) => join(folder, `answers_${index}`);

/** Takes a VIP back; with the last one goes all there was. One that isn't there is no error. */
export function leaveTunnels(host: HostNetwork, vip: IpAddress): void {
  const folder = pinFolder(undefined, "server");
  if (!existsSync(folder)) return;
  withMap(folder, (pinned, vips) => {
    if (vips.lookup(keyOf(vip))) vips.delete(keyOf(vip));
    if ([...vips.keys()].length > 0) return;
    for (const { link } of attachments(pinned, host)) detach(pinned, host, link);
    for (const { index } of host.network.links.list()) removeAnswers(pinned, index);
    removePins(folder);
  });
}

/** The interfaces at which packets in tunnels are looked for, and those of them where the MSS of answers is lowered. */
export function tunnelLinks(host: HostNetwork): { unwrapping: Link[]; clamping: Link[] } {
  const folder = pinFolder(undefined, "server");
  if (!existsSync(folder)) return { unwrapping: [], clamping: [] };
  const pinned = { folder, filterHandle: 2 };
  const unwrapping = attachments(pinned, host).map(({ link }) => link);
  return { unwrapping, clamping: unwrapping.filter(({ index }) => existsSync(answersPin(pinned, index))) };
}

/** The VIPs that this host takes packets in tunnels for. */
export function tunnelEnds(): TunnelEnd[] {
  const path = join(pinFolder(undefined, "server"), tunnelVips.name);
  if (!existsSync(path)) return [];
  const vips = openPinnedMap(path);
  try {
    return [...vips.keys()].flatMap((key) => {
      const found = vips.lookup(key);
      if (!found) return [];
      const { address, family } = TunnelVip.over(key);
      const { accepted, port, packets, bytes } = TunnelUse.over(found);
      const vip = IpAddress.fromBytes(Uint8Array.from(address.subarray(0, family === 6 ? 16 : 4)));
      const types = {
        ipip: (accepted & Accepted.ipip) !== 0,
        gre: (accepted & Accepted.gre) !== 0,
        ...((accepted & Accepted.gue) !== 0 && { gue: port }),
      };
      return [{ vip, types, packets, bytes }];
    });
  } finally {
    vips.close();
  }
}

/** Holds the folder's lock while `work` runs with the pinned map, which is made if it isn't there. */
function withMap(folder: string, work: (pinned: Pinned, vips: BpfMap) => void): void {
  const lock = lockFolder(folder);
  try {
    const path = join(folder, tunnelVips.name);
    const there = existsSync(path);
    const vips = there ? openPinnedMap(path) : createMap(mapSpecOf(tunnelVips));
    try {
      if (!there) vips.pin(path);
      work({ folder, filterHandle: 2 }, vips);
    } finally {
      vips.close();
    }
  } finally {
    lock.release();
  }
}

function keyOf(vip: IpAddress): Uint8Array {
  const address = new Uint8Array(16);
  address.set(vip.bytes);
  return TunnelVip.encode({ address, family: vip.family });
}
