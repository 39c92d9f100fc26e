/** What is known of checks, servers and quorums: plain values that outlive a reload and a process. */
export interface CheckMemory {
  readonly up: boolean;
  readonly hasRun: boolean;
  readonly tries: number;
  readonly weight: number;
  readonly exit: number;
  readonly url: number;
  readonly failedUrl?: number;
}

export interface ServerMemory {
  readonly alive: boolean;
  /** Its weight with what checks add, which may be negative. */
  readonly weight: number;
  /** By the check's key. */
  readonly checks: Readonly<Record<string, CheckMemory>>;
}

export interface VirtualMemory {
  readonly quorumUp: boolean;
  /** The sorry server that is in the servers' place. */
  readonly sorry?: string;
  /** By address and port. */
  readonly servers: Readonly<Record<string, ServerMemory>>;
}

/** By the virtual server's key. */
export type Memory = Readonly<Record<string, VirtualMemory>>;
