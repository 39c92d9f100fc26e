import type { Endpoint, ProxyProtocolInfo, TlsInfo } from "../../proxy/index.js";
import type { TryReport } from "../upstream/index.js";
import type { Captured, Subject } from "../variables/subject.js";
import type { ClientHello } from "./client-hello.js";

/** What became of one server that was tried; times in milliseconds, undefined where it didn't come so far. */
export interface UpstreamState {
  /** `$upstream_addr` of it; of an upstream without a live server its name. */
  readonly peer: string;
  readonly startedAt: number;
  connectTime: number | undefined;
  firstByteTime: number | undefined;
  responseTime: number | undefined;
  bytesSent: number;
  bytesReceived: number;
}

/** What a server's counts are told of a try. */
export const reportOf = (state: UpstreamState): TryReport => ({
  status: 0,
  bytesSent: state.bytesSent,
  bytesReceived: state.bytesReceived,
  headerMs: state.firstByteTime,
  responseMs: state.connectTime === undefined ? undefined : state.responseTime,
});

/** How a session ended (ngx_stream.h); 0: it hasn't. */
export type Status = 0 | 200 | 400 | 403 | 500 | 502 | 503;

/** A client's TCP connection or UDP session, from when it came to when it is logged. Its variables are asked of it. */
export class Session implements Subject {
  readonly known: (string | null | undefined)[] = [];
  captured: Captured | undefined;
  readonly number: number;
  readonly protocol: "TCP" | "UDP";
  /** Of the clock of the day, and of performance.now(). */
  readonly startedAt = Date.now();
  readonly started = performance.now();
  readonly realClient: Endpoint;
  readonly server: Endpoint;
  readonly proxyProtocol: ProxyProtocolInfo | undefined;
  /** The address that rules and variables see: the real one, or what set_real_ip_from let the PROXY protocol say. */
  client: Endpoint;
  tls: TlsInfo | undefined;
  /** ssl_verify_depth of its server. */
  verifyDepth = 1;
  hello: ClientHello | undefined;
  status: Status = 0;
  /** Bytes of the client's and to it; what was preread isn't counted, as nginx has it. */
  received = 0;
  sent = 0;
  readonly upstreams: UpstreamState[] = [];
  /** `$limit_conn_status`. */
  limitStatus: "PASSED" | "REJECTED" | "REJECTED_DRY_RUN" | undefined;
  /** Called when it has been logged. */
  readonly onEnd: (() => void)[] = [];

  constructor(
    number: number,
    protocol: "TCP" | "UDP",
    client: Endpoint,
    server: Endpoint,
    proxyProtocol?: ProxyProtocolInfo,
  ) {
    this.number = number;
    this.protocol = protocol;
    this.realClient = client;
    this.client = client;
    this.server = server;
    this.proxyProtocol = proxyProtocol;
  }

  /** Of the server that is being tried. */
  get upstream(): UpstreamState | undefined {
    return this.upstreams.at(-1);
  }

  /** It is over. */
  end(status: Status, logs: readonly ((session: Session) => void)[]): void {
    this.status = status;
    for (const log of logs) log(this);
    for (const ended of this.onEnd) ended();
  }

  beginUpstream(peer: string): UpstreamState {
    const before = this.upstream;
    const now = performance.now();
    if (before !== undefined) before.responseTime = now - before.startedAt;
    const state: UpstreamState = {
      peer,
      startedAt: now,
      connectTime: undefined,
      firstByteTime: undefined,
      responseTime: undefined,
      bytesSent: 0,
      bytesReceived: 0,
    };
    this.upstreams.push(state);
    return state;
  }
}
