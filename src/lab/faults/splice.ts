import type { Network } from "../../netlink/index.js";
import type { Cable } from "./cables.js";

/**
 * The devices that make a cable longer. While it is spliced, the port is out of its bridge, and a pair of devices is
 * between them; what carries packets from the port to the near end, and back, may hold them.
 *
 *     web1                    switch
 *       ens37 ── veth ── web1 ⋯⋯ splice2 ── veth ── splice2-far ┐
 *                                                             vmnet4
 */
export const nearEnd = ({ number }: Cable): string => `splice${number}`;
export const farEnd = ({ number }: Cable): string => `splice${number}-far`;

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

/** Joins the port to its bridge again, and takes the pair away. What was on the way is lost. */
export function unsplice(atSwitch: Network, cable: Cable): void {
  if (isSpliced(atSwitch, cable)) atSwitch.links.remove(nearEnd(cable));
  if (atSwitch.links.find(cable.port)) atSwitch.links.change(cable.port, { master: cable.network });
}
