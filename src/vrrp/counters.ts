import type { VrrpCounters } from "./types.js";

export function noCounts(): VrrpCounters {
  return {
    masterTransitions: 0,
    masterReleases: 0,
    receivedAdvertisements: 0,
    sentAdvertisements: 0,
    receivedPriorityZeroPackets: 0,
    sentPriorityZeroPackets: 0,
    packetLengthErrors: 0,
    ipTtlErrors: 0,
    versionErrors: 0,
    invalidAuthType: 0,
    authTypeMismatch: 0,
    authFailure: 0,
    advertisementIntervalErrors: 0,
    invalidTypePackets: 0,
    addressListErrors: 0,
    checksumErrors: 0,
    unicastSourceErrors: 0,
    ownAddressPackets: 0,
    splitBrains: 0,
  };
}
