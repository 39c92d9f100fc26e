import { NetlinkError, type Network } from "../../netlink/index.js";
import type { Cable } from "./cables.js";

/**
 * The devices that make a cable longer. While it is spliced, the port is out of its bridge, and a pair of devices is
 * between them; what carries packets from the port to the near end, and back, may hold them.
 *
 *     web1                    switch
 *       ens37 ── veth ── web1 ⋯⋯ splice2 ── veth ── splice2-far ┐
 *                                                             vmnet4
 *
 * What carries them is a relay, or, where the kernel has netem, a bridge between port and near end, whose two ports hold
 * what leaves by them.
 */
export const nearEnd = ({ number }: Cable): string => `splice${number}`;
export const farEnd = ({ number }: Cable): string => `splice${number}-far`;
const middle = ({ number }: Cable): string => `splice${number}-mid`;
/** How many packets netem holds in one direction. */
const netemRoom = 10_000;

export const isSpliced = (atSwitch: Network, cable: Cable): boolean =>
  atSwitch.links.find(nearEnd(cable)) !== undefined;

/** The device by which a cable is joined to its bridge now. */
export const bridgeSide = (atSwitch: Network, cable: Cable): string =>
  isSpliced(atSwitch, cable) ? farEnd(cable) : cable.port;

/** Makes the pair. The port stays at its bridge until {@link splice}. */
export function makeEnds(atSwitch: Network, cable: Cable): void {
  const { mtu } = atSwitch.links.get(cable.port);
  atSwitch.links.createVeth({ name: nearEnd(cable), mtu, peer: { name: farEnd(cable), mtu } });
  for (const end of [nearEnd(cable), farEnd(cable)])
    atSwitch.links.change(end, { addressGeneration: "none", up: true });
}

/** Puts the pair between port and bridge: from here on nothing passes unless somebody carries it. */
export function splice(atSwitch: Network, cable: Cable): void {
  atSwitch.links.change(cable.port, { master: null });
  atSwitch.links.change(farEnd(cable), { master: cable.network });
}

/** Has netem hold what passes between port and near end. False if the kernel has none, and then nothing was done. */
export function delayByNetem(atSwitch: Network, cable: Cable, milliseconds: number): boolean {
  const ends = [nearEnd(cable), cable.port];
  try {
    for (const end of ends)
      atSwitch.trafficControl.replaceNetem(end, { delay: milliseconds, limit: netemRoom });
  } catch (error) {
    if (NetlinkError.is(error, "ENOENT")) return false;
    throw error;
  }
  if (atSwitch.links.find(middle(cable))) return true;
  atSwitch.links.createBridge({ name: middle(cable) });
  atSwitch.links.change(middle(cable), { addressGeneration: "none", up: true });
  for (const end of ends) atSwitch.links.change(end, { master: middle(cable) });
  atSwitch.links.change(farEnd(cable), { master: cable.network });
  return true;
}

/** Joins the port to its bridge again, and takes the rest away. What was on the way is lost. */
export function unsplice(atSwitch: Network, cable: Cable): void {
  if (atSwitch.links.find(middle(cable))) atSwitch.links.remove(middle(cable));
  if (atSwitch.links.find(cable.port)) {
    const { trafficControl } = atSwitch;
    if (trafficControl.qdiscs(cable.port).some(({ kind }) => kind === "netem"))
      trafficControl.removeRoot(cable.port);
  }
  if (isSpliced(atSwitch, cable)) atSwitch.links.remove(nearEnd(cable));
  if (atSwitch.links.find(cable.port)) atSwitch.links.change(cable.port, { master: cable.network });
}
