import type { LogTarget, Server } from "../../config/haproxy/model/index.js";
import type {
  ClientConnection,
  ConnectFailure,
  ConnectOptions,
  SharedMemory,
  TlsClient,
  Wire,
} from "../../proxy/index.js";
import type { ProcessRun, ProxyRun } from "../run/index.js";

/** What checks need of the engine (src/proxy). */
export interface CheckEngine {
  connect(
    options: ConnectOptions,
    handler: { onConnected(wire: Wire): void; onFailed(failure: ConnectFailure): void },
  ): { cancel(): void };
  /** TLS to a server as its line says (certificates, verify, ciphers); without ssl on the line: without verification. */
  tlsClient(server: Server): TlsClient;
  /** Speaks HTTP over a wire; `h2` from its first byte. */
  speak?(
    wire: Wire,
    options: { h2: boolean; maxHeadBytes: number; maxFields: number; acceptInvalid: boolean },
  ): ClientConnection;
}

/** What servers need of the process they run in. */
export interface Surroundings
  extends Pick<
    ProcessRun,
    "config" | "memory" | "pid" | "log" | "streams" | "compile" | "now" | "after" | "variables"
  > {
  readonly memory: SharedMemory;
  backend(name: string): ProxyRun | undefined;
  readonly engine: CheckEngine;
  /** A line on stderr, "[WARNING]  (pid) : …" put before it by who prints it. */
  report(level: "alert" | "warning" | "notice", message: string): void;
  /** How other threads hear of servers that are added and removed while running; undefined: there are none. */
  readonly link?: {
    broadcast(topic: string, message: unknown): void;
    on(topic: string, listener: (message: unknown, from: number) => void): void;
  };
  /** Until the configuration is loaded: changes of state are not told. */
  readonly starting: boolean;
}

/** The log targets of a proxy, and how its lines are tagged. */
export function logOf(
  surroundings: Surroundings,
  proxy: ProxyRun,
): { targets: readonly LogTarget[]; tag: string } {
  return {
    targets: proxy.section.logs,
    tag: proxy.section.logTag ?? surroundings.config.global.logTag,
  };
}
