import type { Endpoint, TlsInfo, Wire } from "../../proxy/index.js";
import { Outcome } from "../rules/outcome.js";
import { RuleContext, runRules } from "../rules/rule.js";
import type { ConnectionHandler, ListenerRun } from "../run/index.js";
import type { CompiledProxy } from "./compiled.js";
import { handshakeText } from "./handshake-text.js";
import { HttpClient } from "./http/http-client.js";
import { logConnectionError } from "./log-stream.js";
import { Session } from "./session.js";
import type { Streams } from "./streams.js";
import { TcpStream } from "./tcp/tcp-stream.js";

/** Where a front end's connections come in: rules of connections and sessions, then a stream of its mode. */
export class FrontDoor implements ConnectionHandler {
  readonly #streams: Streams;
  readonly #front: CompiledProxy;
  /** Sessions whose rules for connections have run while their handshake is under way, by their source. */
  readonly #waiting = new Map<string, Session[]>();

  constructor(streams: Streams, front: CompiledProxy) {
    this.#streams = streams;
    this.#front = front;
  }

  onAccept(listener: ListenerRun, source: Endpoint, destination: Endpoint): boolean {
    if (this.#front.tcpConnection.length === 0) return true;
    const info = {
      source,
      destination,
      realSource: source,
      realDestination: destination,
      tls: undefined,
      proxyProtocol: undefined,
    };
    const session = new Session(this.#streams, this.#front, listener, info, this.#streams.now());
    const outcome = runRules(this.#front.tcpConnection, new RuleContext(session, undefined, "request"));
    if (outcome !== Outcome.next && outcome !== Outcome.stop && outcome !== Outcome.done) {
      if (outcome === Outcome.deny) {
        this.#front.proxy.front?.counters.add("deniedConnections");
        listener.counters.add("deniedConnections");
      }
      session.end();
      return false;
    }
    const key = keyOf(source);
    const list = this.#waiting.get(key);
    if (list === undefined) this.#waiting.set(key, [session]);
    else list.push(session);
    return true;
  }

  expectsProxy(_listener: ListenerRun, source: Endpoint): boolean {
    return this.#waiting.get(keyOf(source))?.at(-1)?.expectsProxy ?? false;
  }

  #take(source: Endpoint): Session | undefined {
    if (this.#waiting.size === 0) return undefined;
    const key = keyOf(source);
    const list = this.#waiting.get(key);
    const session = list?.shift();
    if (list?.length === 0) this.#waiting.delete(key);
    return session;
  }

  onWire(listener: ListenerRun, wire: Wire, acceptedAt: number, closed: () => void): void {
    const front = this.#front;
    const streams = this.#streams;
    const { info } = wire;
    let session = this.#take(info.realSource);
    if (session === undefined) session = new Session(streams, front, listener, info, acceptedAt);
    else session.connected(info);
    session.handshakeMs = Math.max(0, Math.floor(streams.now() - session.acceptTime));
    session.closed = closed;
    if (front.tcpSession.length > 0) {
      const outcome = runRules(front.tcpSession, new RuleContext(session, undefined, "request"));
      if (outcome !== Outcome.next && outcome !== Outcome.stop && outcome !== Outcome.done) {
        if (outcome === Outcome.deny) {
          front.proxy.front?.counters.add("deniedSessions");
          listener.counters.add("deniedSessions");
        }
        wire.handler = new Farewell(session);
        wire.destroy();
        return;
      }
    }
    session.countTracked();
    const { front: run } = front.proxy;
    if (run !== undefined) {
      run.counters.add("sessions");
      run.counters.atMost("sessionRateMax", run.sessionRate.add(streams.now()));
    }
    listener.counters.add("sessions");
    if (front.section.options.clitcpka)
      wire.setKeepAlive(true, front.section.options.clientTcpKeepAlive.idleMs);
    if (front.http) new HttpClient(session, wire).start();
    else new TcpStream(session, wire).start();
  }

  onHandshakeFailed(
    listener: ListenerRun,
    info: { source: Endpoint; destination: Endpoint; tls?: TlsInfo | undefined },
    code: string,
    _message: string,
    acceptedAt: number,
  ): void {
    const whole = {
      ...info,
      realSource: info.source,
      realDestination: info.destination,
      tls: info.tls,
      proxyProtocol: undefined,
    };
    const session =
      this.#take(info.source) ?? new Session(this.#streams, this.#front, listener, whole, acceptedAt);
    const { text, silent, error } = handshakeText(code);
    session.connectionError = error;
    if (!(silent && this.#front.section.options.dontLogNull)) logConnectionError(session, text);
    session.end();
  }
}

function keyOf(source: Endpoint): string {
  return `${source.host} ${source.port}`;
}

/** Waits for the end of a wire that was refused. */
class Farewell {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  onData(): void {}
  onEnd(): void {}
  onDrain(): void {}
  onClose(): void {
    this.#session.end();
  }
}
