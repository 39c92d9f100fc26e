import type { ForwardingMethod, Protocol, Tunnel } from "../../../ipvs/model.js";
import type { IpAddress } from "../../../wire/address.js";
import type { Place } from "./place.js";
import type { ScriptCommand } from "./script.js";

/** An address and a port. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** What a virtual server's packets are known by. A group's ranges count both ends. */
export type VirtualServerTarget =
  | { readonly kind: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly kind: "mark"; readonly mark: number }
  | { readonly kind: "group"; readonly group: string };

export interface VirtualServerGroup {
  readonly name: string;
  readonly addresses: readonly {
    readonly from: IpAddress;
    readonly to: IpAddress;
    readonly firstPort: number;
    readonly lastPort: number;
    readonly at: Place;
  }[];
  readonly marks: readonly {
    readonly from: number;
    readonly to: number;
    readonly family: 4 | 6;
    readonly at: Place;
  }[];
  readonly at: Place;
}

/** How servers are checked, as far as a virtual server, a real server or a check says it. Times in milliseconds. */
export interface CheckTiming {
  /** Between checks while it is well. Default 60 000. */
  readonly delayLoop: number;
  /** Further tries before a server counts as failed. */
  readonly retry: number;
  readonly delayBeforeRetry: number;
  /** Random delay before the first check. */
  readonly warmup: number;
  /** Default 5000. */
  readonly connectTimeout: number;
}

export interface HttpUrl {
  readonly path: string;
  /** MD5 of the body, 32 hexadecimal digits, lower case. */
  readonly digest?: string;
  /** Good statuses, both ends included; empty: any 2xx where there is neither digest nor regex. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
  readonly virtualHost?: string;
  readonly regex?: {
    readonly pattern: string;
    readonly noMatch: boolean;
    readonly options: readonly string[];
    readonly minimumOffset: number;
    readonly maximumOffset?: number;
    readonly stack?: { readonly start: number; readonly maximum: number };
  };
  readonly at: Place;
}

/** What every check has. */
interface CheckBase {
  readonly timing: CheckTiming;
  /** Who is asked; by default the real server. */
  readonly connect: Endpoint;
  readonly bind?: { readonly address?: IpAddress; readonly port?: number; readonly interface?: string };
  readonly mark?: number;
  /** Begins as failed. */
  readonly alpha: boolean;
  readonly logAllFailures: boolean;
  readonly at: Place;
}

export type Check = CheckBase &
  (
    | { readonly kind: "TCP_CHECK" }
    | {
        readonly kind: "HTTP_GET" | "SSL_GET";
        readonly urls: readonly HttpUrl[];
        readonly httpProtocol: "1.0" | "1.0k" | "1.0c" | "1.1" | "1.1k" | "1.1c";
        readonly virtualHost?: string;
        readonly sni: boolean;
        readonly fastRecovery: boolean;
      }
    | {
        readonly kind: "SMTP_CHECK";
        readonly heloName?: string;
        /** Further hosts of `host` blocks; empty: `connect` alone. */
        readonly hosts: readonly (Endpoint & { readonly bind?: CheckBase["bind"] })[];
      }
    | {
        readonly kind: "DNS_CHECK";
        readonly type: "A" | "NS" | "CNAME" | "SOA" | "MX" | "TXT" | "AAAA" | "RRSIG" | "DNSKEY";
        readonly name: string;
      }
    | {
        readonly kind: "UDP_CHECK";
        readonly payload?: Uint8Array;
        readonly requireReply: boolean;
        /** Bytes and masks of the same length: a masked-out half byte may be anything. */
        readonly reply?: { readonly bytes: Uint8Array; readonly mask: Uint8Array };
        readonly minimumReply: number;
        readonly maximumReply: number;
      }
    | { readonly kind: "PING_CHECK" }
    | {
        readonly kind: "MISC_CHECK";
        readonly command: ScriptCommand;
        /** Milliseconds; undefined: its delayLoop. */
        readonly timeout?: number;
        readonly dynamic: boolean;
      }
    | {
        readonly kind: "FILE_CHECK";
        readonly trackFile: string;
        readonly weight?: number;
        readonly reverse: boolean;
        readonly dynamic: boolean;
      }
    | { readonly kind: "BFD_CHECK"; readonly name: string; readonly weight: number }
  );

/** A `real_server`, with what it takes from its virtual server filled in. Times in milliseconds. */
export interface RealServer extends Endpoint {
  readonly weight: number;
  readonly method: ForwardingMethod;
  readonly tunnel?: Tunnel;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Failed: its weight is 0, and it stays in the service. */
  readonly inhibitOnFailure: boolean;
  readonly alpha: boolean;
  readonly notifyUp?: ScriptCommand;
  readonly notifyDown?: ScriptCommand;
  readonly smtpAlert?: boolean;
  readonly virtualHost?: string;
  readonly snmpName?: string;
  readonly checks: readonly Check[];
  readonly at: Place;
}

/** A `virtual_server`, with defaults filled in. */
export interface VirtualServer {
  readonly target: VirtualServerTarget;
  readonly family: 4 | 6;
  /** Undefined with a mark that has no protocol said. */
  readonly protocol?: Protocol;
  /** lb_algo: a scheduler's name. Default "wlc". */
  readonly scheduler: string;
  readonly schedulerFlags: readonly string[];
  readonly hashed: boolean;
  readonly persistence?: { readonly timeout: number; readonly netmask: IpAddress | number };
  readonly persistenceEngine?: string;
  readonly onePacket: boolean;
  /** Default 1, of weights. */
  readonly quorum: number;
  readonly hysteresis: number;
  readonly quorumUp?: ScriptCommand;
  readonly quorumDown?: ScriptCommand;
  /** Begins without quorum and with failed servers. */
  readonly alpha: boolean;
  /** Tells notify_down and quorum_down when it stops. */
  readonly omega: boolean;
  /** Checks only while its VIP is on this host. */
  readonly haSuspend: boolean;
  readonly sorryServer?: Endpoint & {
    readonly method: ForwardingMethod;
    readonly tunnel?: Tunnel;
    readonly inhibit: boolean;
  };
  readonly smtpAlert?: boolean;
  readonly virtualHost?: string;
  readonly snmpName?: string;
  readonly servers: readonly RealServer[];
  readonly at: Place;
}

/** `SSL`: what SSL_GET says of itself. Files as they are written. */
export interface SslSettings {
  readonly password?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}
