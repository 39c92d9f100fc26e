/** A file that matched, or why it can't be read. */
export type FileAnswer =
  | { readonly kind: "text"; readonly text: string; readonly encoding: "utf8" | "latin1" }
  | { readonly kind: "directory" | "unfit" | "missing" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What a file pattern matched, in order; `missing` of its plain paths or folders are not there. */
export interface GlobAnswer {
  readonly paths: readonly string[];
  readonly missing: number;
  readonly wildcards: boolean;
}

export interface UserAnswer {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** An interface of this host, as far as a configuration depends on it. */
export interface InterfaceAnswer {
  readonly loopback: boolean;
  readonly multicast: boolean;
  readonly ethernet: boolean;
  readonly mtu: number;
  /** Addresses with prefix length: "192.168.4.5/24". */
  readonly addresses: readonly string[];
}

/** What would become of a script: where it really is, whether it may be run, and who could change it. */
export interface ScriptAnswer {
  readonly kind: "ok" | "not-found" | "not-executable" | "wrong-type";
  /** The path that somebody besides root can write. */
  readonly insecure?: string;
  /** A bare name was found on the path. */
  readonly resolved?: string;
}

/**
 * What reading a configuration asks of the world. All answers are plain values: they are kept (see `Sources`), so that
 * another process reads the same configuration without asking again. Undefined: this world can't tell.
 */
export interface World {
  /** The directory that relative paths start from. */
  workingDirectory(): string;
  /** Seconds since 1970; seeds ${_RANDOM}. */
  time(): number;
  hostName(): string;
  ownUser(): UserAnswer;
  user(name: string): UserAnswer | null;
  group(name: string): number | null;
  /** Null: there is none; undefined: can't tell. */
  interface(name: string): InterfaceAnswer | null | undefined;
  /** A name of /etc/iproute2 or /etc/protocols. */
  number(
    table: "rt_tables" | "rt_dsfield" | "rt_realms" | "rt_protos" | "rt_scopes" | "group" | "protocols",
    name: string,
  ): number | null;
  script(path: string, uid: number, gid: number): ScriptAnswer | undefined;
  processors(): number;
  /** The real path of a directory; null if it can't be entered. */
  directory(path: string): string | null;
  glob(pattern: string, directory: string): GlobAnswer;
  read(path: string): FileAnswer;
}
