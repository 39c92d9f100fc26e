import type { Server } from "../../config/haproxy/model/index.js";
import type { Counters, Endpoint, Rate, SharedCount } from "../../proxy/index.js";
import type { BackendCounter } from "./counters.js";
import type { ServerNaming } from "./names.js";
import type { ProxyRun, TimeAverages } from "./proxy.js";
import type { Variables } from "./variables.js";

/** A server that runs. */
export interface ServerRun {
  readonly section: Server;
  readonly name: string;
  readonly id: number;
  readonly proxy: ProxyRun;
  readonly counters: Counters<BackendCounter>;
  readonly sessions: SharedCount;
  readonly queued: number;
  readonly rate: Rate;
  readonly times: TimeAverages;
  lastSession: number;
  /** Idle connections and those in use now. */
  readonly idle: number;
  readonly used: number;
  /** Kept by who makes connections; `idle` and `used` above are read from here. `safe` are those idle ones that have carried more than one request. */
  readonly connections?: ServerConnections;

  /** Where connections go; undefined while its name isn't resolved. `port` 0 with `portOffset` is the client's plus the offset. */
  readonly address: Endpoint | undefined;
  readonly fqdn: string | undefined;
  /** User's weight and the configured one; `effectiveWeight` is what slow start leaves of it (0 to 256). */
  readonly weight: number;
  readonly initialWeight: number;
  readonly effectiveWeight: number;
  readonly maxconn: number;
  readonly cookie: string | undefined;

  /** srv_op_state: 0 stopped, 1 starting (slow start), 2 running, 3 stopping (soft stop, http 404). */
  readonly operational: 0 | 1 | 2 | 3;
  /** srv_admin_state, bits: 1 forced maint, 2 inherited maint (track), 4 config maint, 8 forced drain, 16 inherited drain, 32 resolution maint, 64 hostname maint. */
  readonly administrative: number;
  readonly lastChange: number; // wall clock, ms
  readonly downtimeMs: number;
  /** May be given new work: up and not drained; with persistence also when drained. */
  readonly usable: boolean;
  readonly check: CheckRun | undefined;
  readonly agent: CheckRun | undefined;
  readonly consecutiveErrors: number;
  /** The status column of `show stat`: "UP", "UP 1/3", "DOWN", "DOWN 1/2", "MAINT", "MAINT (via b/s)", "DRAIN", "NOLB", "no check" … */
  readonly statusText: string;

  /** Commands of the runtime socket and of rules; each gives an error's text, or undefined. */
  /** `cause` stands in the log line ("'disable' on stats page"). */
  setState(state: "ready" | "drain" | "maint", cause?: string): string | undefined;
  /** Sets or clears one forced state alone, as the stats page does (setState's "drain" also ends maintenance). */
  force(what: "maint" | "drain", on: boolean, cause?: string): void;
  setWeight(word: string): string | undefined; // "10", "50%"
  setMaxconn(word: string): string | undefined;
  setAddress(host: string, port: string | undefined, by: string): string; // gives the message in both cases
  setFqdn(name: string): string | undefined;
  setCheckAddress(host: string | undefined, port: string | undefined): string | undefined;
  /** `by` stands in the log line: "changed from CLI" where nothing is said. */
  setHealth(which: "check" | "agent", state: "up" | "stopping" | "down", by?: string): string | undefined;
  enable(which: "check" | "agent", on: boolean): string | undefined;
  setAgentSend(text: string): string | undefined;
  setAgentAddress(host: string | undefined, port: string | undefined): string | undefined;
  /** Whether traffic goes over TLS: 1 yes, 0 no, -1 no, by `no-ssl`. Where it isn't there: as the line says. */
  readonly useTls?: -1 | 0 | 1;
  /** Its line has TLS settings, for traffic or for checks, that the runtime socket may switch on. */
  readonly mayUseTls?: boolean;
  /** `set server … ssl on|off`; undefined where it isn't there: never. */
  setTls?(on: boolean): string | undefined;
  /** Of servers whose address is a name: for resolvers, which also give it its first address (init-addr). */
  readonly naming?: ServerNaming | undefined;
  /** What traffic says of it: observe layer4 and layer7, and connection errors. */
  observe(
    event:
      | "connect-failed"
      | "connect-ok"
      | "response-ok"
      | "response-bad"
      | "response-status"
      | "response-timeout"
      /** The connection broke, or was closed, before the head was whole. */
      | "response-read-error"
      | "response-closed",
    status?: number,
  ): void;
}

export interface ServerConnections {
  idle: number;
  safe: number;
  used: number;
  /** Closes the idle ones: the server was put out of use, or its address changed. */
  closeIdle: (() => void) | undefined;
}

/** A check (or agent check) of a server, with its last result. */
export interface CheckRun {
  readonly server: ServerRun;
  /** Bits of `show servers state`: 1 in progress, 2 configured, 4 enabled, 8 paused, 16 agent (check_state). */
  readonly state: number;
  /** 0 unknown, 1 neutral, 2 failed, 3 passed, 4 passed without new work (conditionally passed). */
  readonly result: number;
  /** "L4OK", "L7STS" … ; with "* " before it while a check is under way. */
  readonly status: string;
  readonly health: number;
  readonly rise: number;
  readonly fall: number;
  /** HTTP status or -1. */
  readonly code: number;
  readonly durationMs: number;
  readonly description: string;
  readonly lastChangeMs: number;
  readonly port: number;
  readonly address: string | undefined;
  readonly variables: Variables;
  /** What a check's rules look at: what was received, as a message where it is HTTP. */
  readonly received: Buffer;
  readonly response:
    | { readonly status: number; readonly headers: import("../../proxy/index.js").Headers }
    | undefined;
}
