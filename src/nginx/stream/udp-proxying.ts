import { createSocket, type Socket } from "node:dgram";
import type { Log } from "../../errors.js";
import { LazyTimer } from "../../proxy/index.js";
import type { Peer } from "../upstream/index.js";
import { localAddress, proxyHeader } from "./connecting.js";
import { DatagramPace } from "./datagram-pace.js";
import { say, systemText } from "./say.js";
import type { Session, Status } from "./session.js";
import type { ProxySettings } from "./settings.js";
import { findTarget, type Target } from "./target.js";

/** What waits for its time at most; the kernel has as much for a socket (net.core.rmem_default). */
const mostLateBytes = 212_992;

export interface UdpProxyHandler {
  /** A datagram for the client. */
  onAnswer(bytes: Uint8Array): void;
  /** The client has sent as many as belong to a session: its next datagram begins another. */
  onRequestsDone(): void;
  onEnded(status: Status): void;
}

/** Passes a client's datagrams on to a server, and its answers back, until there are as many as expected or none comes for a while. */
export class UdpProxying {
  readonly #session: Session;
  readonly #settings: ProxySettings;
  readonly #log: Log;
  readonly #handler: UdpProxyHandler;
  readonly #startedAt = performance.now();
  readonly #timer = new LazyTimer(() => this.#timedOut());
  /** Those that came while there is no socket yet. */
  #waiting: Buffer[] = [];
  #target: Target | undefined;
  #socket: Socket | undefined;
  #connected = false;
  #requests = 0;
  #responses = 0;
  #failed = false;
  #ended = false;
  readonly #up: DatagramPace;
  readonly #down: DatagramPace;
  /** Answers that came too early for `proxy_download_rate`, and when the next one goes. */
  readonly #late: Buffer[] = [];
  #lateBytes = 0;
  #later: NodeJS.Timeout | undefined;

  constructor(session: Session, settings: ProxySettings, log: Log, handler: UdpProxyHandler) {
    this.#session = session;
    this.#settings = settings;
    this.#log = log;
    this.#handler = handler;
    this.#up = new DatagramPace(settings.uploadRate(session));
    this.#down = new DatagramPace(settings.downloadRate(session));
  }

  start(): void {
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

  /** A datagram of the client's. One that comes before `proxy_upload_rate` lets it is lost, as in nginx; the first one goes at once. */
  send(bytes: Buffer): void {
    if (this.#ended) return;
    if (this.#requests > 0) {
      if (this.#up.waitMs(this.#session.received) > 0) return;
      this.#up.went(bytes.length);
    }
    this.#requests++;
    this.#session.received += bytes.length;
    if (this.#connected) this.#pass(bytes);
    else this.#waiting.push(Buffer.from(bytes));
    this.#test();
  }

  stop(): void {
    this.#end(200);
  }

  #connect(): void {
    const { attempt, name } = this.#target as Target;
    const peer = attempt.next();
    this.#session.beginUpstream(peer?.name ?? name);
    if (peer === undefined) {
      say(this.#log, "error", this.#session, "no live upstreams while connecting to upstream");
      this.#end(502);
    } else if (peer.host === undefined || peer.port === undefined) {
      say(this.#log, "error", this.#session, "datagrams can't be sent to a Unix socket");
      this.#end(500);
    } else this.#open(peer, peer.host, peer.port);
  }

  #open(peer: Peer, host: string, port: number): void {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    this.#socket = socket;
    socket.on("error", (error: Error & { code?: string }) => this.#broken(socket, error));
    socket.on("message", (bytes) => this.#answer(bytes));
    const connect = () =>
      socket.connect(port, host, (() => {
        if (this.#socket === socket && !this.#ended) this.#ready(peer);
      }) as () => void);
    const local = localAddress(this.#session, this.#settings);
    if (local.localAddress === undefined) connect();
    else socket.bind({ address: local.localAddress, port: local.localPort ?? 0 }, connect);
  }

  #ready(peer: Peer): void {
    const state = this.#session.upstream!;
    state.connectTime = performance.now() - state.startedAt;
    this.#connected = true;
    this.#target?.attempt.connected();
    this.#log.info(`*${this.#session.number} udp proxy connected to ${peer.name}`);
    const [first, ...rest] = this.#waiting;
    this.#waiting = [];
    if (first !== undefined)
      this.#pass(this.#settings.proxyProtocol ? Buffer.concat([proxyHeader(this.#session), first]) : first);
    for (const bytes of rest) this.#pass(bytes);
    this.#test();
  }

  #pass(bytes: Buffer): void {
    this.#session.upstream!.bytesSent += bytes.length;
    this.#timer.after(this.#settings.timeoutMs);
    const socket = this.#socket!;
    socket.send(bytes, (error) => {
      if (error !== null) this.#broken(socket, error);
    });
  }

  #answer(bytes: Buffer): void {
    if (this.#ended) return;
    if (this.#late.length === 0 && this.#down.waitMs(this.#session.sent) === 0) {
      this.#passBack(bytes);
      return;
    }
    if (this.#lateBytes + bytes.length > mostLateBytes) return;
    this.#late.push(Buffer.from(bytes));
    this.#lateBytes += bytes.length;
    this.#wait();
  }

  /** Until the next answer may go. No time limit runs meanwhile. */
  #wait(): void {
    if (this.#later !== undefined || this.#ended) return;
    this.#timer.stop();
    this.#later = setTimeout(
      () => {
        this.#later = undefined;
        if (this.#down.waitMs(this.#session.sent) > 0) {
          this.#wait();
          return;
        }
        const next = this.#late.shift();
        this.#lateBytes -= next?.length ?? 0;
        if (next !== undefined) this.#passBack(next);
        if (this.#late.length > 0) this.#wait();
      },
      Math.ceil(this.#down.waitMs(this.#session.sent)),
    );
  }

  #passBack(bytes: Buffer): void {
    this.#down.went(bytes.length);
    const state = this.#session.upstream!;
    state.firstByteTime ??= performance.now() - state.startedAt;
    state.bytesReceived += bytes.length;
    this.#session.sent += bytes.length;
    this.#responses++;
    this.#timer.after(this.#settings.timeoutMs);
    this.#handler.onAnswer(bytes);
    this.#test();
  }

  /** ICMP said that nobody is there, or the socket couldn't be made: before it is connected another server is tried. */
  #broken(socket: Socket, error: Error & { code?: string }): void {
    if (this.#ended || this.#socket !== socket || this.#failed) return;
    if (this.#connected) {
      say(this.#log, "error", this.#session, `recv() failed (${systemText(error.code ?? "EIO")})`);
      this.#failed = true;
      this.#responses++;
      this.#test();
      return;
    }
    say(this.#log, "error", this.#session, `connect() failed (${systemText(error.code ?? "EIO")})`);
    socket.close();
    this.#socket = undefined;
    const { attempt } = this.#target as Target;
    attempt.free("failed");
    const { nextUpstream, nextUpstreamTimeoutMs: limit } = this.#settings;
    const late = limit > 0 && performance.now() - this.#startedAt >= limit;
    if (attempt.tries === 0 || !nextUpstream || late) this.#end(502);
    else this.#connect();
  }

  /** Whether all that belongs to it has come. */
  #test(): void {
    const { requests, responses } = this.#settings;
    if (this.#ended || (requests !== undefined && this.#requests < requests)) return;
    if (requests !== undefined) this.#handler.onRequestsDone();
    if (!this.#connected || !this.#answered(responses)) return;
    this.#end(200);
  }

  #answered(responses: number | undefined): boolean {
    return responses !== undefined && this.#responses >= responses * this.#requests;
  }

  #timedOut(): void {
    const { responses } = this.#settings;
    if (responses === undefined || this.#answered(responses)) {
      this.#end(200);
      return;
    }
    say(this.#log, "error", this.#session, `upstream timed out (${systemText("ETIMEDOUT")})`);
    this.#failed = true;
    this.#end(502);
  }

  #end(status: Status): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer.clear();
    clearTimeout(this.#later);
    const state = this.#session.upstream;
    if (state !== undefined) state.responseTime ??= performance.now() - state.startedAt;
    this.#target?.attempt.free(this.#failed ? "failed" : "good");
    // What was given to it is sent all the same: a datagram goes out within the turn after its send.
    const socket = this.#socket;
    if (socket !== undefined) setImmediate(() => socket.close());
    this.#handler.onEnded(status);
  }
}
