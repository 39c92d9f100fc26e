import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import { type Log, RondoError } from "../../errors.js";
import { type NftChain, type NftMatch, type NftRule, NftTable } from "../../netlink/index.js";
import { Icmpv6Type, type IpAddress, IpProtocol } from "../../wire/index.js";
import { virtualAddresses } from "../virtual-addresses.js";
import type { Place } from "./place.js";

const IGMP = 2;
/** Byte offsets of the source and destination address in an IP header. */
const addressAt = { 4: { source: 12, destination: 16 }, 6: { source: 8, destination: 24 } } as const;
/** Multicast listener query, report, done, version 2 report (RFC 2710, RFC 3810). */
const listenerTypes = [130, 131, 132, 143];

/** What is to be kept out. */
export interface Walls {
  /** Addresses of masters with no_accept: this host neither takes packets for them nor sends any from them, but neighbour discovery. */
  readonly refused: readonly IpAddress[];
  /** Indexes of vmacs: a backup's membership report would teach switches that the virtual MAC is at the backup. */
  readonly quiet: readonly { readonly device: number; readonly family: 4 | 6 }[];
}

/**
 * The packet filter of no_accept, vrrp_strict and use_vmac: a table of nf_tables that the kernel removes when this
 * process ends. No program (nft, iptables) is needed, and no rule of anybody else is touched.
 */
export class Firewall {
  readonly #place: Place;
  readonly #log: Log;
  #table: NftTable | undefined;
  #now = "";
  #impossible = false;

  constructor(options: { place: Place; log: Log }) {
    this.#place = options.place;
    this.#log = options.log;
  }

  set(walls: Walls): void {
    const chains = chainsOf(walls);
    const text = JSON.stringify(chains, (_, value: unknown) =>
      value instanceof Uint8Array ? [...value] : value,
    );
    if (text === this.#now || this.#impossible) return;
    if (chains.length === 0 && !this.#table) return;
    try {
      this.#table ??= this.#place.do(() => new NftTable(`rondo-vrrp-${process.pid}`));
      this.#table.set(chains);
      this.#now = text;
    } catch (error) {
      if (!(error instanceof RondoError)) throw error;
      this.#impossible = true;
      this.#log.warn(
        `this kernel can't filter for no_accept and use_vmac (nf_tables, Linux 5.12): ${error.message}`,
      );
    }
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
  }
}

/** The addresses that an instance's master must not take packets for. */
export function refusedBy(settings: VrrpInstance): IpAddress[] {
  if (settings.accept || settings.priority === 255) return [];
  return virtualAddresses(settings).map(({ address }) => address);
}

function chainsOf({ refused, quiet }: Walls): NftChain[] {
  if (refused.length === 0 && quiet.length === 0) return [];
  const six = refused.some(({ family }) => family === 6);
  const spared = six
    ? [Icmpv6Type.neighbourSolicitation, Icmpv6Type.neighbourAdvertisement].map(
        (type): NftRule => ({ matches: icmpv6(type), verdict: "accept" }),
      )
    : [];
  const silenced = quiet.flatMap(({ device, family }): NftRule[] =>
    family === 4
      ? [
          {
            matches: [
              { kind: "output", device },
              { kind: "family", family: 4 },
              { kind: "protocol", protocol: IGMP },
            ],
            verdict: "drop",
          },
        ]
      : listenerTypes.map((type) => ({
          matches: [{ kind: "output", device }, ...icmpv6(type)],
          verdict: "drop",
        })),
  );
  return [
    { hook: "input", rules: [...spared, ...refused.map((address) => rule(address, "destination"))] },
    { hook: "output", rules: [...silenced, ...spared, ...refused.map((address) => rule(address, "source"))] },
  ];
}

const icmpv6 = (type: number): NftMatch[] => [
  { kind: "family", family: 6 },
  { kind: "protocol", protocol: IpProtocol.ICMPV6 },
  { kind: "payload", base: "transport", offset: 0, value: Uint8Array.of(type) },
];

const rule = (address: IpAddress, end: "source" | "destination"): NftRule => ({
  matches: [
    { kind: "family", family: address.family },
    { kind: "payload", base: "network", offset: addressAt[address.family][end], value: address.bytes },
  ],
  verdict: "drop",
});
