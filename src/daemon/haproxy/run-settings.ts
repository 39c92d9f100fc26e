/** What the command line says of how to run; what both can say (daemon, pid file), it says first. */
export interface RunSettings {
  readonly name: string; // what messages call the program: "haproxy"
  readonly version: string;
  readonly releaseDate: string;
  readonly pidFile: string | undefined;
  /** A daemon writes it; a master its own, a foreground process none. */
  readonly writesPid: boolean;
  readonly maxconn: number | undefined;
  readonly proxyMaxconn: number | undefined;
  readonly memoryMegabytes: number | undefined;
  readonly reusePort: boolean;
  readonly verifyServers: boolean;
  readonly ignoreUnresolved: boolean;
  readonly oldSocket: string | undefined;
  readonly oldProcesses: { readonly signal: "SIGUSR1" | "SIGTERM"; readonly pids: readonly number[] };
}
