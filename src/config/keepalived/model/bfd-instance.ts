import type { IpAddress } from "../../../wire/address.js";
import type { Place } from "./place.js";

/** `bfd_instance`: RFC 5880. Times in milliseconds. */
export interface BfdInstance {
  readonly name: string;
  readonly neighbour: IpAddress;
  readonly source?: IpAddress;
  /** Required min RX interval. Default 10. */
  readonly minRx: number;
  /** Desired min TX interval. Default 10. */
  readonly minTx: number;
  /** TX interval while down. Default 1000. */
  readonly idleTx: number;
  /** Default 5. */
  readonly multiplier: number;
  readonly passive: boolean;
  readonly ttl?: number;
  readonly maxHops?: number;
  readonly weight: number;
  readonly reverse: boolean;
  /** Who is told; neither said: both. */
  readonly vrrp: boolean;
  readonly checker: boolean;
  readonly at: Place;
}
