import type { VrrpInstance } from "../config/keepalived/model/index.js";
import { equalBytes, type IpAddress, VrrpAuthentication, vrrpPassword } from "../wire/index.js";
import type { HeardAdvertisement, RefusalReason, SplitBrainCause } from "./types.js";

export interface Refusal {
  readonly reason: RefusalReason;
  readonly text: string;
  /** What it would mean of a second master, if the reason doesn't tell. */
  readonly cause?: SplitBrainCause;
}

/** Whether it talks with each of its peers instead of to the group. An empty `unicast_peer` means the group. */
export const isUnicast = (settings: VrrpInstance): boolean => settings.unicastPeers.length > 0;

/**
 * What RFC 5798 7.1 and keepalived want of an advertisement that reads well, in keepalived's order.
 * @param checkAddresses false where skip_check_adv_addr spares the list of a master that was looked at before
 */
export function checkAdvertisement(
  settings: VrrpInstance,
  heard: HeardAdvertisement,
  checkAddresses: boolean,
): Refusal | undefined {
  const { advertisement, ttl } = heard;
  const unicast = isUnicast(settings);
  if (!unicast && ttl !== undefined && ttl !== 255)
    return { reason: "ipTtlErrors", text: `invalid TTL/HL. Received ${ttl} and expect 255` };
  if (advertisement.version !== settings.version) {
    const text = `wrong version. Received ${advertisement.version} and expect ${settings.version}`;
    return { reason: "versionErrors", text };
  }
  return (
    (settings.version === 2 ? checkVersion2(settings, heard) : undefined) ??
    (checkAddresses && advertisement.addresses.length !== settings.addresses.length
      ? {
          reason: "addressListErrors" as const,
          text: `received an unexpected ip number count ${advertisement.addresses.length}, expected ${settings.addresses.length}!`,
        }
      : undefined) ??
    checkChecksum(settings, heard) ??
    checkDestination(heard, unicast) ??
    (checkAddresses ? checkList(settings, heard) : undefined) ??
    (unicast ? checkPeer(settings, heard) : undefined)
  );
}

function checkVersion2(settings: VrrpInstance, { advertisement }: HeardAdvertisement): Refusal | undefined {
  const { none, pass, ah } = VrrpAuthentication;
  const type = advertisement.authentication?.type ?? none;
  if (type !== none && type !== pass && type !== ah)
    return { reason: "invalidAuthType", text: `Invalid auth type: ${type}` };
  const expected = authenticationType(settings);
  if (type !== expected)
    return { reason: "authTypeMismatch", text: `received a ${type} auth, expecting ${expected}!` };
  if (expected === pass && settings.family === 4) {
    const { data } = advertisement.authentication!;
    if (!equalBytes(data, vrrpPassword(settings.authentication!.password)))
      return { reason: "authFailure", text: "received an invalid passwd!" };
  }
  if (advertisement.interval !== settings.advertInterval) {
    const text = `advertisement interval mismatch mine=${settings.advertInterval / 1000} sec rcv'd=${advertisement.interval / 1000} sec`;
    return { reason: "advertisementIntervalErrors", text };
  }
  return undefined;
}

export function authenticationType(settings: VrrpInstance): number {
  if (settings.version === 3) return VrrpAuthentication.none;
  const type = settings.authentication?.type;
  if (type === "PASS") return VrrpAuthentication.pass;
  return type === "AH" ? VrrpAuthentication.ah : VrrpAuthentication.none;
}

/** A unicast peer may use the group's address in its pseudo-header; we then do so, too, as keepalived does. */
function checkChecksum(settings: VrrpInstance, { checksum }: HeardAdvertisement): Refusal | undefined {
  if (checksum === "pseudo" || (checksum === "group" && isUnicast(settings))) return undefined;
  return { reason: "checksumErrors", text: `Invalid VRRPv${settings.version} checksum` };
}

function checkDestination({ destination }: HeardAdvertisement, unicast: boolean): Refusal | undefined {
  if (isMulticast(destination) !== unicast) return undefined;
  const [mine, other] = unicast ? ["un", "mult"] : ["mult", "un"];
  const text = `Expected ${mine}icast packet but received ${other}icast packet`;
  return { reason: "addressListErrors", text, cause: "way" };
}

function checkList(settings: VrrpInstance, { advertisement }: HeardAdvertisement): Refusal | undefined {
  const missing = settings.addresses.find(
    ({ address }) => !advertisement.addresses.some((other) => other.equals(address)),
  );
  if (!missing) return undefined;
  const text = `ip address associated with VRID ${settings.virtualRouterId} not present in MASTER advert: ${missing.address}`;
  return { reason: "addressListErrors", text };
}

/** TTL limits stand with a peer, so that its packets are known by their source. The real one looks at both only with check_unicast_src. */
function checkPeer(settings: VrrpInstance, { source, ttl }: HeardAdvertisement): Refusal | undefined {
  const peer = settings.unicastPeers.find(({ address }) => address.equals(source));
  if (!peer) {
    if (!settings.checkUnicastSource) return undefined;
    return { reason: "unicastSourceErrors", text: `unicast source address ${source} not a unicast peer` };
  }
  const { minimumTtl = 0, maximumTtl = 255 } = peer;
  if (ttl === undefined || (ttl >= minimumTtl && ttl <= maximumTtl)) return undefined;
  return { reason: "ipTtlErrors", text: `TTL/HL ${ttl} not in range ${minimumTtl} - ${maximumTtl}` };
}

export const isMulticast = (address: IpAddress): boolean =>
  address.family === 4 ? address.byte(0) >> 4 === 14 : address.byte(0) === 0xff;
