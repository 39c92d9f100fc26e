import type { ConnectFailure, ConnectOptions, Wire } from "../../../proxy/index.js";
import { noteConnectFailure } from "../connect-error.js";
import { never } from "../deadlines.js";
import { Relay, type RelayOwner } from "../relay.js";
import { storeServer } from "../stickiness.js";
import { AnswerInspection } from "./answer-inspection.js";
import type { TcpStream } from "./tcp-stream.js";

/** A TCP stream's connection to its server, and the relay between both sides. */
export class TcpLink implements RelayOwner {
  readonly #stream: TcpStream;
  #connecting: { cancel(): void } | undefined;
  #wire: Wire | undefined;
  #inspection: AnswerInspection | undefined;
  #relay: Relay | undefined;

  constructor(stream: TcpStream) {
    this.#stream = stream;
  }

  get there(): boolean {
    return this.#wire !== undefined;
  }

  get relaying(): boolean {
    return this.#relay !== undefined;
  }

  get clientEnded(): boolean {
    return this.#relay?.client.ended ?? false;
  }

  get serverEnded(): boolean {
    return this.#relay?.server.ended ?? false;
  }

  connect(options: ConnectOptions): void {
    this.#stream.state = "connect";
    this.#connecting = this.#stream.streams.engine.connect(options, this);
  }

  onFailed(failure: ConnectFailure): void {
    const stream = this.#stream;
    this.#connecting = undefined;
    if (stream.ended) return;
    noteConnectFailure(stream, failure);
    if (stream.server === undefined) {
      stream.tally.back("connectErrors");
      stream.serverFailed(failure.timedOut ? "s" : "S", "C");
    } else stream.search.connectFailed(failure.timedOut);
  }

  onConnected(wire: Wire): void {
    const stream = this.#stream;
    this.#connecting = undefined;
    if (stream.ended) {
      wire.destroy();
      return;
    }
    const { deadlines, now } = stream;
    const { timeouts, options } = stream.back.section;
    stream.times.connected = now;
    deadlines.phase = never;
    stream.serverInfo = wire.info;
    stream.serverError = 0;
    this.#wire = wire;
    stream.server?.observe("connect-ok");
    stream.tools?.countTls(wire.info.tls);
    stream.tools?.pool.used(1);
    stream.serverTimeoutMs ??= timeouts.server;
    stream.tunnelTimeoutMs ??= timeouts.tunnel;
    stream.state = "data";
    if (stream.front.section.options.logAsap) this.#logNow();
    stream.lastActivity = deadlines.clientActive = deadlines.serverActive = now;
    if (options.httpNoDelay) wire.setNoDelay(true);
    this.#start(wire);
    deadlines.watch();
  }

  /** `option logasap`. */
  #logNow(): void {
    const { times, streams } = this.#stream;
    times.end = times.connected;
    streams.log(this.#stream);
    times.end = -1;
  }

  /** What the client has said goes first. */
  #start(wire: Wire): void {
    const stream = this.#stream;
    const held = stream.client.take();
    const relay = new Relay(this, stream.wire, wire);
    this.#relay = relay;
    if (held.length > 0) wire.write(held);
    if (stream.client.ended) {
      relay.client.ended = true;
      stream.deadlines.clientActive = never;
    }
    if (stream.back.tcpResponse.length > 0) {
      this.#inspection = new AnswerInspection(stream, relay, wire);
      this.#inspection.start();
    } else {
      storeServer(stream);
      relay.start();
    }
  }

  /** The delay of tcp-response content rules is over. */
  inspectionLate(): void {
    this.#inspection?.late();
  }

  onRelayed(fromClient: boolean, bytes: number): void {
    const stream = this.#stream;
    if (fromClient) stream.bytesIn += bytes;
    else stream.bytesOut += bytes;
    stream.lastActivity = stream.now;
    stream.deadlines.moved(stream.lastActivity);
  }

  onHalfClosed(fromClient: boolean): void {
    if (!fromClient && this.#tlsBroke) {
      this.#relay?.destroy();
      this.onRelayBroken(false);
    } else this.#stream.deadlines.halfClosed(fromClient, this.#stream.now);
  }

  onRelayDone(): void {
    if (this.#tlsBroke) this.onRelayBroken(false);
    else this.#stream.finish();
  }

  /** The server has broken TLS off behind its handshake, as by refusing our certificate: no end in order. */
  get #tlsBroke(): boolean {
    return this.#wire?.info.tls?.error !== undefined;
  }

  onRelayBroken(client: boolean): void {
    const stream = this.#stream;
    if (client) stream.tally.clientAbort();
    else stream.tally.serverAbort();
    stream.endsBy(client ? "C" : "S", "D");
    stream.finish();
  }

  /** Closes both sides. */
  close(reset: boolean): void {
    this.#connecting?.cancel();
    this.#connecting = undefined;
    if (this.#relay !== undefined) this.#relay.destroy(reset);
    else {
      this.#wire?.destroy();
      this.#stream.wire.destroy(reset);
    }
  }
}
