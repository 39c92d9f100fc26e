import type { Log } from "../../errors.js";
import {
  type ConnectFailure,
  type Connecting,
  type ConnectOptions,
  connect,
  type Wire,
} from "../../proxy/index.js";
import type { Attempt, Peer } from "../upstream/index.js";
import { closeWire, inert } from "./close.js";
import { connectOptions, proxyHeader } from "./connecting.js";
import { StreamRelay } from "./relay.js";
import { say, systemText } from "./say.js";
import { reportOf, type Session, type Status } from "./session.js";
import type { ProxySettings } from "./settings.js";
import { findTarget, type Target } from "./target.js";

/** Passes a session's connection on to a server, trying others while it may (ngx_stream_proxy_module). */
export class Proxying {
  readonly #session: Session;
  readonly #client: Wire;
  readonly #settings: ProxySettings;
  readonly #log: Log;
  readonly #first: Uint8Array | undefined;
  readonly #onEnded: (status: Status) => void;
  readonly #startedAt = performance.now();
  #target: Target | undefined;
  #connecting: Connecting | undefined;
  #upstream: Wire | undefined;
  #relay: StreamRelay | undefined;
  #headerBytes = 0;
  #clientGone = false;
  #ended = false;

  /** `first`: what was read of the client before. `onEnded` is called once; the client's wire is the caller's to close. */
  constructor(
    session: Session,
    client: Wire,
    first: Uint8Array | undefined,
    settings: ProxySettings,
    log: Log,
    onEnded: (status: Status) => void,
  ) {
    this.#session = session;
    this.#client = client;
    this.#first = first;
    this.#settings = settings;
    this.#log = log;
    this.#onEnded = onEnded;
  }

  start(): void {
    // Nothing is read of the client meanwhile; that it has gone is told all the same where it was reset.
    this.#client.handler = { ...inert, onClose: () => (this.#clientGone = true) };
    findTarget(this.#settings.target, this.#session).then(
      (target) => {
        if (this.#ended) return;
        const { nextUpstreamTries: most } = this.#settings;
        if (most > 0 && target.attempt.tries > most) target.attempt.tries = most;
        this.#target = target;
        this.#connect();
      },
      (error: Error) => {
        say(this.#log, "error", this.#session, error.message);
        this.#end(500);
      },
    );
  }

  /** Breaks it off. */
  stop(): void {
    this.#end(200);
  }

  get #attempt(): Attempt {
    return (this.#target as Target).attempt;
  }

  #connect(): void {
    const { name } = this.#target as Target;
    const peer = this.#attempt.next();
    this.#session.beginUpstream(peer?.name ?? name);
    if (peer === undefined) {
      say(this.#log, "error", this.#session, "no live upstreams while connecting to upstream");
      this.#end(502);
      return;
    }
    this.#headerBytes = this.#settings.proxyProtocol ? proxyHeader(this.#session).length : 0;
    let options: ConnectOptions;
    try {
      options = connectOptions(this.#session, this.#settings, peer, name);
    } catch (error) {
      say(this.#log, "error", this.#session, (error as Error).message);
      this.#end(500);
      return;
    }
    this.#connecting = connect(options, {
      onConnected: (wire) => this.#connected(wire, peer),
      onFailed: (failure) => this.#failed(failure),
    });
  }

  #connected(wire: Wire, peer: Peer): void {
    if (this.#ended) {
      wire.destroy();
      return;
    }
    const { server, number } = this.#session;
    const { source } = wire.info;
    this.#log.info(
      `*${number} proxy ${source.host}:${source.port} connected to ${peer.name}, server: ${server.host}`,
    );
    const state = this.#session.upstream!;
    state.connectTime = performance.now() - state.startedAt;
    this.#attempt.connected();
    this.#upstream = wire;
    const { timeoutMs, halfClose, uploadRate, downloadRate } = this.#settings;
    const rates = { uploadRate: uploadRate(this.#session), downloadRate: downloadRate(this.#session) };
    this.#relay = new StreamRelay(
      this.#client,
      wire,
      { timeoutMs, halfClose, ...rates },
      {
        onBytes: (from, count) => this.#count(from, count),
        onDone: (by) => this.#done(by),
      },
    );
    state.bytesSent = this.#headerBytes + (this.#first?.length ?? 0);
    this.#relay.start(this.#first);
  }

  #count(from: "client" | "upstream", count: number): void {
    const session = this.#session;
    const state = session.upstream!;
    if (from === "client") {
      session.received += count;
      state.bytesSent += count;
      return;
    }
    state.firstByteTime ??= performance.now() - state.startedAt;
    state.bytesReceived += count;
    session.sent += count;
  }

  #failed(failure: ConnectFailure): void {
    if (this.#ended) return;
    const { step, code, timedOut, message } = failure;
    if (step === "local" && failure.call !== "connect") {
      say(this.#log, "error", this.#session, `${failure.call ?? "bind"}() failed (${systemText(code)})`);
      this.#end(500);
      return;
    }
    const why = timedOut
      ? `upstream timed out (${systemText("ETIMEDOUT")}) while connecting to upstream`
      : step === "tls"
        ? `SSL handshake with upstream failed: ${message}`
        : `connect() failed (${systemText(code)}) while connecting to upstream`;
    say(this.#log, "error", this.#session, why);
    this.#nextUpstream();
  }

  #nextUpstream(): void {
    const { nextUpstream, nextUpstreamTimeoutMs: limit } = this.#settings;
    if (this.#attempt.free("failed", reportOf(this.#session.upstream!)))
      say(
        this.#log,
        "warn",
        this.#session,
        "upstream server temporarily disabled while connecting to upstream",
      );
    const late = limit > 0 && performance.now() - this.#startedAt >= limit;
    if (this.#attempt.tries === 0 || !nextUpstream || late) this.#end(502);
    else if (this.#clientGone) this.#end(200);
    else this.#connect();
  }

  #done(by: "client" | "upstream" | "timeout"): void {
    const { received, sent, upstream } = this.#session;
    const bytes = `bytes from/to client:${received}/${sent}, bytes from/to upstream:${upstream?.bytesReceived}/${upstream?.bytesSent}`;
    if (by === "timeout")
      say(
        this.#log,
        "info",
        this.#session,
        `connection timed out (${systemText("ETIMEDOUT")}) while proxying connection`,
      );
    else this.#log.info(`*${this.#session.number} ${by} disconnected, ${bytes}`);
    this.#end(200);
  }

  #end(status: Status): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connecting?.cancel();
    this.#relay?.stop();
    const session = this.#session;
    const state = session.upstream;
    if (state !== undefined) state.responseTime ??= performance.now() - state.startedAt;
    session.sent -= this.#client.pendingBytes;
    if (state !== undefined && this.#upstream !== undefined) state.bytesSent -= this.#upstream.pendingBytes;
    this.#target?.attempt.free("good", state && reportOf(state));
    if (this.#upstream !== undefined) closeWire(this.#upstream);
    this.#onEnded(status);
  }
}
