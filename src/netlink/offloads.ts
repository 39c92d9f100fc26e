import { RondoError } from "../errors.js";
import { Attributes, type BodyWriter } from "./attributes.js";
import type { GenericFamily, GenericNetlink } from "./generic.js";
import type { LinkReference } from "./link-name.js";

/*
 * Offloads are the features of the "ethtool" generic family (Documentation/networking/ethtool-netlink.rst):
 * FEATURES_GET answers with four bit sets. A bit set names its bits:
 *
 *   BITSET { SIZE, BITS { BIT { INDEX, NAME, VALUE (a flag) }, BIT { ... }, ... } }
 *
 * The set HW lists every feature there is, with VALUE where the device lets it be changed; the sets WANTED, ACTIVE
 * and NOCHANGE list the features that are in them.
 */
const ETHTOOL_MSG_FEATURES_GET = 11;
const ETHTOOL_MSG_FEATURES_SET = 12;
const Feature = { header: 1, changeable: 2, wanted: 3, active: 4, fixed: 5 };
const Header = { index: 1, name: 2, flags: 3 };
const Bitset = { size: 2, bits: 3 };
const BITSET_BIT = 1;
const Bit = { name: 2, value: 3 };
const omitReply = 2;

/** The short names of ethtool -K, and the kernel's features behind them. */
const shortNames: Readonly<Record<string, RegExp>> = {
  rx: /^rx-checksum$/,
  tx: /^tx-checksum-/,
  sg: /^tx-scatter-gather/,
  tso: /^tx-tcp.*-segmentation$/,
  gso: /^tx-generic-segmentation$/,
  gro: /^rx-gro$/,
  lro: /^rx-lro$/,
  rxvlan: /^rx-vlan-hw-parse$/,
  txvlan: /^tx-vlan-hw-insert$/,
  ntuple: /^rx-ntuple-filter$/,
  rxhash: /^rx-hashing$/,
};

/** A feature of a device. */
export interface Offload {
  readonly active: boolean;
  /** Asked for; it may be inactive even so, while another one that it needs is off. */
  readonly wanted: boolean;
  readonly changeable: boolean;
}

/** Features by the kernel's names ("rx-gro", "tx-checksum-ip-generic"), or asked by ethtool's short ones ("gro", "tx"). */
export class OffloadStates {
  readonly all: ReadonlyMap<string, Offload>;

  constructor(all: ReadonlyMap<string, Offload>) {
    this.all = all;
  }

  /** Whether a feature, or any of those behind a short name, is active. */
  isOn(name: string): boolean {
    return this.named(name).some((feature) => this.all.get(feature)?.active);
  }

  /** The features that a name stands for; none if the kernel has no such feature. */
  named(name: string): string[] {
    const pattern = shortNames[name];
    return [...this.all.keys()].filter((feature) => (pattern ? pattern.test(feature) : feature === name));
  }
}

/** What a device does for the stack: checksums, segmentation, merging of packets. */
export class Offloads {
  readonly #generic: GenericNetlink;

  constructor(generic: GenericNetlink) {
    this.#generic = generic;
  }

  /** @throws {NetlinkError} ENODEV */
  read(link: LinkReference): OffloadStates {
    const [answer] = this.#generic.request(this.#family(), {
      operation: `read offloads of ${link}`,
      command: ETHTOOL_MSG_FEATURES_GET,
      write: (body) => writeHeader(body, link, 0),
    });
    const changeable = readBitset(answer?.nested(Feature.changeable));
    const wanted = readBitset(answer?.nested(Feature.wanted));
    const active = readBitset(answer?.nested(Feature.active));
    const fixed = readBitset(answer?.nested(Feature.fixed));
    const states = [...changeable].map(([name, mayChange]): [string, Offload] => [
      name,
      { active: active.has(name), wanted: wanted.has(name), changeable: mayChange && !fixed.has(name) },
    ]);
    return new OffloadStates(new Map(states));
  }

  /**
   * Switches offloads by ethtool's short names or the kernel's: `set("eth0", { tx: false, gro: true })` is
   * `ethtool -K eth0 tx off gro on`. Features that need one that goes off go off with it.
   *
   * @returns the states after it.
   * @throws {RondoError} "no-such-offload"; "offload-fixed" if the device can't, and then nothing was changed;
   * "offload-refused" if it was asked and did not.
   */
  set(link: LinkReference, wanted: Readonly<Record<string, boolean>>): OffloadStates {
    const before = this.read(link);
    const bits = new Map<string, boolean>();
    for (const [name, on] of Object.entries(wanted))
      for (const feature of featuresToSwitch(link, before, name, on)) bits.set(feature, on);
    if (bits.size === 0) return before;
    this.#generic.request(this.#family(), {
      operation: `switch offloads of ${link}`,
      command: ETHTOOL_MSG_FEATURES_SET,
      write: (body) => {
        writeHeader(body, link, omitReply);
        body.nested(Feature.wanted, (set) => writeBitset(set, bits));
      },
    });
    const after = this.read(link);
    for (const [name, on] of Object.entries(wanted))
      if (after.isOn(name) !== on)
        throw new RondoError("offload-refused", `${link} left ${name} ${on ? "off" : "on"}`, {
          remedy: "Another offload of the device may need it, or be needed for it.",
        });
    return after;
  }

  #family(): GenericFamily {
    const family = this.#generic.family("ethtool");
    if (family) return family;
    throw new RondoError("no-ethtool-netlink", "this kernel has no generic netlink family ethtool", {
      remedy: "It needs Linux 5.10, built with CONFIG_ETHTOOL_NETLINK.",
    });
  }
}

/** The features that a wish changes: those behind its name that the device lets be changed. */
function featuresToSwitch(link: LinkReference, states: OffloadStates, name: string, on: boolean): string[] {
  const features = states.named(name);
  if (features.length === 0)
    throw new RondoError("no-such-offload", `${link} has no offload named "${name}"`, {
      remedy: `Short names are ${Object.keys(shortNames).join(", ")}; the others are those of ethtool -k.`,
    });
  const changeable = features.filter((feature) => states.all.get(feature)?.changeable);
  if (changeable.length === 0 && states.isOn(name) !== on)
    throw new RondoError("offload-fixed", `${link} can't switch ${name} ${on ? "on" : "off"}: it is fixed`);
  return changeable;
}

function writeHeader(body: BodyWriter, link: LinkReference, flags: number): void {
  body.nested(Feature.header, (header) => {
    if (typeof link === "number") header.u32(Header.index, link);
    else header.text(Header.name, link);
    if (flags !== 0) header.u32(Header.flags, flags);
  });
}

function writeBitset(set: BodyWriter, bits: ReadonlyMap<string, boolean>): void {
  set.nested(Bitset.bits, (list) => {
    for (const [name, on] of bits)
      list.nested(BITSET_BIT, (bit) => bit.text(Bit.name, name).flag(Bit.value, on));
  });
}

/** The bits that are listed, with whether VALUE is set (a list without a mask has only bits that are set). */
function readBitset(set: Attributes | undefined): Map<string, boolean> {
  const bits = new Map<string, boolean>();
  for (const { value } of set?.nested(Bitset.bits)?.all ?? []) {
    const bit = Attributes.parse(value);
    const name = bit.text(Bit.name);
    if (name !== undefined) bits.set(name, bit.has(Bit.value));
  }
  return bits;
}
