/**
 * What name resolution knows of a server and does to it: only in the first thread. Servers whose address is a host's name, or an SRV record's
 * ("_http._tcp.example.org", with `resolvers`), have one. Until they have an address they are in maintenance (the bit 32 of `administrative`).
 */
export interface ServerNaming {
  /** The SRV record's name; undefined where it is a host's. */
  readonly record: string | undefined;
  /** From the state file, for init-addr "last". */
  readonly lastAddress: string | undefined;
  readonly inMaintenance: boolean;
  /** An address was found; `by` stands in the log line: "b/s changed its IP from … to … by RESOLVERS/NAMESERVER". undefined: it has none any more. Maintenance isn't changed. */
  setAddress(host: string | undefined, by: string): void;
  /** Of an SRV record: the host's name that it gives now (undefined: none any more), and its port. */
  setTarget(host: string | undefined, port: number): void;
  /** Takes it out of work for want of an address; `cause` stands in the log line: "DNS NX status", "entry removed from SRV record". Without it nothing is logged. */
  enterMaintenance(cause: string | undefined): void;
  /** `notice` is warned of and logged beside what is always told. */
  leaveMaintenance(notice: string | undefined): void;
  /** Set by the resolver: `set server … fqdn` gave another name. */
  onName: (() => void) | undefined;
}

/** A resolvers section that runs, in each thread: for `do-resolve`. */
export interface ResolversRun {
  readonly name: string;
  /**
   * Looks a name up, or gives what is known of it (hold valid). `done` is called once, perhaps at once: undefined where there is no address.
   * What it gives cancels: `done` isn't called any more.
   */
  resolve(
    name: string,
    preference: 4 | 6 | undefined,
    done: (address: string | undefined) => void,
  ): () => void;
}
