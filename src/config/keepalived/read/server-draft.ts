import type { ForwardingMethod, Tunnel } from "../../../ipvs/model.js";
import type { IpAddress } from "../../../wire/address.js";
import type { Word } from "../grammar/statement.js";
import type { Check, HttpUrl, RealServer, ScriptCommand, VirtualServer } from "../model/index.js";

type Loose<T> = { -readonly [K in keyof T]?: T[K] | undefined };

export interface Forwarding {
  readonly method: ForwardingMethod;
  readonly tunnel?: Tunnel;
}

/** How often, as far as a block says it. Milliseconds. */
export interface TimingDraft {
  delayLoop?: number;
  retry?: number;
  delayBeforeRetry?: number;
  warmup?: number;
  connectTimeout?: number;
}

export interface ConnectionDraft {
  address?: IpAddress;
  port?: number;
  bindAddress?: IpAddress;
  bindPort?: number;
  bindInterface?: string;
  mark?: number;
}

/** A check while it is being read; fields of all kinds. */
export interface CheckDraft {
  readonly kind: Check["kind"];
  readonly word: Word;
  timing: TimingDraft;
  connection: ConnectionDraft;
  alpha?: boolean;
  logAllFailures?: boolean;
  urls: HttpUrl[];
  httpProtocol?: "1.0" | "1.0k" | "1.0c" | "1.1" | "1.1k" | "1.1c";
  virtualHost?: string;
  sni?: boolean;
  fastRecovery?: boolean;
  heloName?: string;
  hosts: { timing: TimingDraft; connection: ConnectionDraft }[];
  type?: string;
  name?: string;
  command?: ScriptCommand;
  user?: ScriptCommand["user"];
  remove?: boolean;
  timeout?: number;
  dynamic?: boolean;
  payload?: Uint8Array;
  requireReply?: boolean;
  reply?: { bytes: Uint8Array; mask: Uint8Array };
  minimumReply?: number;
  maximumReply?: number;
  trackFile?: string;
  weight?: number;
  reverse?: boolean;
}

export interface RealServerDraft
  extends Omit<Loose<RealServer>, "checks" | "address" | "port" | "method" | "tunnel"> {
  address: IpAddress;
  port: number;
  readonly word: Word;
  forwarding?: Forwarding | undefined;
  timing: TimingDraft;
  checks: CheckDraft[];
}

export interface VirtualServerDraft
  extends Omit<Loose<VirtualServer>, "servers" | "target" | "sorryServer" | "persistence"> {
  target: VirtualServer["target"];
  readonly word: Word;
  readonly said: Map<string, Word>;
  forwarding?: Forwarding | undefined;
  timing: TimingDraft;
  weight?: number;
  inhibit?: boolean;
  persistenceTimeout?: number;
  granularity?: IpAddress | number;
  flags: string[];
  servers: RealServerDraft[];
  sorry?: {
    address: IpAddress;
    port: number;
    word: Word;
    forwarding?: Forwarding | undefined;
    inhibit: boolean;
  };
}
