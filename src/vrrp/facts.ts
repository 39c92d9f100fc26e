import type { IpAddress } from "../wire/index.js";

/** What is known of an interface. */
export interface InterfaceFacts {
  /** IFF_UP and IFF_RUNNING, after `interface_up_down_delays`. */
  readonly up: boolean;
  /** Its first address, what advertisements come from unless mcast_src_ip or unicast_src_ip say otherwise. */
  readonly address4?: IpAddress;
  /** Its link-local address. */
  readonly address6?: IpAddress;
  /** All that it has, but virtual ones; undefined: not known. */
  readonly addresses?: readonly IpAddress[];
}

/** What trackers have found, by name. What isn't there isn't known yet: an interface counts as down, the others wait. */
export interface VrrpFacts {
  readonly interfaces: ReadonlyMap<string, InterfaceFacts>;
  /** After rise and fall. */
  readonly scripts: ReadonlyMap<string, boolean>;
  /** The number in the file. A file that can't be read is 0, as it is for the real one. */
  readonly files: ReadonlyMap<string, number>;
  /** Whether there are enough and not too many. */
  readonly processes: ReadonlyMap<string, boolean>;
  readonly bfds: ReadonlyMap<string, boolean>;
}

/** The same, to be written by who owns it. */
export interface WritableFacts extends VrrpFacts {
  readonly interfaces: Map<string, InterfaceFacts>;
  readonly scripts: Map<string, boolean>;
  readonly files: Map<string, number>;
  readonly processes: Map<string, boolean>;
  readonly bfds: Map<string, boolean>;
}

export function copyFacts(facts: Partial<VrrpFacts> = {}): WritableFacts {
  return {
    interfaces: new Map(facts.interfaces),
    scripts: new Map(facts.scripts),
    files: new Map(facts.files),
    processes: new Map(facts.processes),
    bfds: new Map(facts.bfds),
  };
}
