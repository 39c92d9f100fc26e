import { isIP, type Socket } from "node:net";
import { ProxyHeadReader } from "../proxy-protocol/reader.js";
import { tlsAccept } from "../tls/start.js";
import type { Accepted } from "./accept.js";
import { EpollListener } from "./epoll-listener.js";
import { eventTime } from "./event-time.js";
import type { ListenHandler, ListenOptions, WireListener } from "./listen.js";
import { epollSystem } from "./loop.js";
import { PlainListener } from "./plain-listener.js";
import type { Endpoint, ProxyProtocolInfo, SocketWire, TlsInfo, WireHandler, WireInfo } from "./wire.js";

/**
 * Listens, and gives each connection as a wire once the PROXY protocol's head (where it is asked for) and TLS are through.
 * Rejects with node:net's error (EADDRINUSE, EACCES …) where it can't listen.
 */
export async function listen(options: ListenOptions, handler: ListenHandler): Promise<WireListener> {
  const wanted = (source: Endpoint, destination: Endpoint) => handler.onAccept(source, destination);
  const accepted = (each: Accepted) => begin(each, options, handler);
  const sys = epollSystem();
  if (sys !== undefined && canBeNative(options)) return new EpollListener(sys, options, wanted, accepted);
  return await PlainListener.open(options, wanted, accepted);
}

/** A name is left to Node to look up. */
function canBeNative(options: ListenOptions): boolean {
  return options.host === undefined || isIP(options.host) !== 0;
}

function begin(accepted: Accepted, options: ListenOptions, handler: ListenHandler): void {
  const { source, destination } = accepted;
  const acceptedAt = eventTime();
  const info: WireInfo = {
    source,
    destination,
    realSource: source,
    realDestination: destination,
    tls: undefined,
    proxyProtocol: undefined,
  };
  const headed =
    typeof options.acceptProxy === "function" ? options.acceptProxy(source) : options.acceptProxy === true;
  if (!headed && options.tls === undefined) handler.onWire(accepted.wire(info), acceptedAt);
  else new Handshake(accepted, info, options, handler, acceptedAt).begin(headed);
}

/** What comes before a connection's own bytes: the PROXY protocol's head, then TLS, within a time limit. */
class Handshake implements WireHandler {
  readonly #accepted: Accepted;
  #socket: Socket | undefined;
  #info: WireInfo;
  readonly #options: ListenOptions;
  readonly #handler: ListenHandler;
  readonly #acceptedAt: number;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #head = new ProxyHeadReader();
  #wire: SocketWire | undefined;
  #cancelTls: (() => void) | undefined;
  #done = false;

  constructor(
    accepted: Accepted,
    info: WireInfo,
    options: ListenOptions,
    handler: ListenHandler,
    acceptedAt: number,
  ) {
    this.#accepted = accepted;
    this.#info = info;
    this.#options = options;
    this.#handler = handler;
    this.#acceptedAt = acceptedAt;
    if (options.handshakeTimeoutMs > 0)
      this.#timer = setTimeout(
        () => this.#fail("timeout", "the handshake took too long"),
        options.handshakeTimeoutMs,
      );
  }

  begin(headed: boolean): void {
    if (!headed) {
      this.#secure(this.#accepted.socket());
      return;
    }
    const wire = this.#accepted.wire(this.#info);
    this.#wire = wire;
    wire.handler = this;
    wire.resume();
  }

  onData(bytes: Buffer): void {
    const wire = this.#wire as SocketWire;
    let rest: number;
    try {
      rest = this.#head.take(bytes);
    } catch (error) {
      this.#fail("proxy-header", (error as Error).message);
      return;
    }
    if (this.#head.result === undefined) return;
    wire.pause();
    const left = bytes.subarray(rest);
    this.#proxied(this.#head.result);
    if (left.length > 0) wire.unshift(left);
    if (this.#options.tls === undefined) {
      this.#finish();
      wire.info = this.#info;
      this.#handler.onWire(wire, this.#acceptedAt);
      return;
    }
    this.#wire = undefined;
    this.#secure(wire.takeSocket());
  }

  onEnd(): void {
    this.#fail("proxy-header", "the connection was closed before the PROXY protocol's head was whole");
  }

  onDrain(): void {}

  onClose(): void {
    this.onEnd();
  }

  #proxied(head: ProxyProtocolInfo): void {
    this.#info = {
      ...this.#info,
      source: head.source ?? this.#info.realSource,
      destination: head.destination ?? this.#info.realDestination,
      proxyProtocol: head,
    };
  }

  #secure(socket: Socket): void {
    this.#socket = socket;
    const tls = this.#options.tls;
    if (tls === undefined) return;
    this.#cancelTls = tlsAccept(tls, socket, this.#info, {
      onSecure: (wire) => {
        if (this.#done) return;
        this.#finish();
        this.#handler.onWire(wire, this.#acceptedAt);
      },
      onFailed: (code, message, failed) => this.#fail(code, message, failed),
    });
  }

  #fail(code: string, message: string, tls?: TlsInfo): void {
    if (this.#done) return;
    this.#finish();
    this.#cancelTls?.();
    this.#wire?.destroy();
    this.#socket?.destroy();
    const { source, destination } = this.#info;
    this.#handler.onHandshakeFailed({ source, destination, tls }, code, message, this.#acceptedAt);
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#timer);
  }
}
