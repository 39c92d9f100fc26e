import type { IpAddress } from "../wire/index.js";
import type { RefusalReason, SplitBrainCause } from "./types.js";

/** Another master that was heard while we were one. */
export interface Rival {
  readonly address: IpAddress;
  cause: SplitBrainCause;
  heard: number;
  readonly since: number;
  last: number;
  /** It has been told of. */
  reported: boolean;
}

/** Advertisements of another master before it is told of: one or two cross ours whenever the master changes. */
const enough = 3;

/**
 * Watches for a second master while we are one. The first advertisement may be a farewell that crossed ours; one that says
 * the same thing for several intervals neither hears us nor gives way.
 */
export class SplitBrainWatch {
  #rival: Rival | undefined;
  #quietAfter = 0;

  get rival(): Readonly<Rival> | undefined {
    return this.#rival;
  }

  /** When the rival counts as gone. */
  get deadline(): number {
    return this.#rival ? this.#rival.last + this.#quietAfter : Number.POSITIVE_INFINITY;
  }

  /**
   * An advertisement came that we don't give way to.
   * @param interval milliseconds between advertisements, the longer of both routers'
   * @returns the rival if it is to be told of now
   */
  heard(address: IpAddress, cause: SplitBrainCause, interval: number, now: number): Rival | undefined {
    this.#quietAfter = 3.5 * interval;
    const rival = this.#rival;
    if (!rival?.address.equals(address)) {
      if (!rival) this.#rival = { address, cause, heard: 1, since: now, last: now, reported: false };
      return undefined;
    }
    rival.heard += 1;
    rival.last = now;
    if (rival.reported || rival.heard < enough || now - rival.since < 1.5 * interval) return undefined;
    rival.cause = cause;
    rival.reported = true;
    return rival;
  }

  /** The rival that has been quiet long enough, or that we have given way to. */
  end(): Rival | undefined {
    const rival = this.#rival;
    this.#rival = undefined;
    return rival;
  }
}

/** What a refusal tells of why the other isn't heard. Anything else than a VRRP message of a master tells nothing. */
export const causeOf: Readonly<Partial<Record<RefusalReason, SplitBrainCause>>> = {
  versionErrors: "version",
  invalidAuthType: "authentication",
  authTypeMismatch: "authentication",
  authFailure: "authentication",
  advertisementIntervalErrors: "interval",
  addressListErrors: "address-list",
  checksumErrors: "checksum",
  ipTtlErrors: "ttl",
  unicastSourceErrors: "unicast-source",
};

/** What it means, and what helps. */
export function explainCause(cause: SplitBrainCause, other: IpAddress | string): string {
  const texts: Record<SplitBrainCause, string> = {
    authentication: `${other} uses another auth_type or auth_pass; set the same on all routers`,
    interval: `${other} uses another advert_int; version 2 wants the same on all routers`,
    "address-list": `${other} has another list of virtual_ipaddress; set the same on all routers`,
    version: `${other} speaks another vrrp_version; set the same on all routers`,
    checksum: `${other} makes its checksums otherwise; look at vrrp_version and old_unicast_checksum`,
    ttl: `the packets of ${other} came through a router or have another TTL; look at unicast_ttl and min_ttl`,
    "unicast-source": `${other} isn't in unicast_peer here; add it`,
    way: `${other} sends to other addresses (unicast_peer on one side alone, or another interface); set the same way on all routers`,
    "same-address": `${other} is our own address: two hosts have it`,
    "same-priority": `${other} has the same priority as we; give each router another one`,
    "not-heard": `${other} has a lower priority and doesn't give way: it doesn't hear us (a firewall, unicast_peer there) or refuses what we say (auth_pass, advert_int, virtual_ipaddress there)`,
  };
  return texts[cause];
}
