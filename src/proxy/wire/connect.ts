import { Socket, type SocketConstructorOpts } from "node:net";
import { tlsOver } from "../tls/start.js";
import { endpointOf, noEndpoint, pathEndpoint } from "./endpoint.js";
import { EpollConnecting, needsSystem } from "./epoll-connect.js";
import type { ConnectFailure, ConnectOptions } from "./listen.js";
import { epollSystem } from "./loop.js";
import { native } from "./native.js";
import { NetWire, sharedRead } from "./net-wire.js";
import { Socks4Reply, socks4Request } from "./socks4.js";
import type { Endpoint, SocketWire, Wire, WireInfo } from "./wire.js";

export interface ConnectHandler {
  onConnected(wire: Wire): void;
  onFailed(failure: ConnectFailure): void;
}

/** A connection on its way. */
export interface Connecting {
  /** Gives it up; neither of the handler's functions is called after it. */
  cancel(): void;
}

/** Connects as the options say: TCP or Unix, SOCKS4, PROXY protocol's head, TLS, in this order. Calls back once, never before it returns. */
export function connect(options: ConnectOptions, handler: ConnectHandler): Connecting {
  return new Connection(options, handler);
}

class Connection implements Connecting {
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  #timer: NodeJS.Timeout | undefined;
  #step: ConnectFailure["step"] = "connect";
  #done = false;
  /** Gives up what is under way. */
  #drop: () => void = ignore;
  /** Of the plain connection, once it is there. */
  #info: WireInfo | undefined;

  constructor(options: ConnectOptions, handler: ConnectHandler) {
    this.#options = options;
    this.#handler = handler;
    if (options.timeoutMs > 0) this.#timer = setTimeout(() => this.#tooLate(), options.timeoutMs);
    try {
      this.#open();
    } catch (error) {
      queueMicrotask(() => this.#fail("local", error as Error));
    }
  }

  cancel(): void {
    if (this.#done) return;
    this.#finish();
    this.#drop();
  }

  #open(): void {
    const options = this.#options;
    const needed = needsSystem(options);
    const sys = epollSystem() ?? (needed ? native : undefined);
    if (sys !== undefined) {
      const connecting = new EpollConnecting(sys, options, (wire, error, info) => {
        if (wire !== undefined) this.#connected(wire);
        else this.#fail("connect", error as Error, info);
      });
      this.#drop = () => connecting.cancel();
    } else if (needed)
      throw Object.assign(new Error("this system has no means for such a socket"), { code: "ENOTSUP" });
    else this.#openNet();
  }

  #openNet(): void {
    const options = this.#options;
    const socket = new Socket({ allowHalfOpen: true, onread: sharedRead } as SocketConstructorOpts);
    socket.pause();
    const failed = (error: Error & { code?: string; syscall?: string }) => {
      const local = error.syscall === "bind" || error.code === "EADDRNOTAVAIL";
      this.#fail(local ? "local" : "connect", error);
    };
    socket.on("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      if (!this.#done) this.#connected(new NetWire(socket, connectedInfo(options, socket), true));
    });
    this.#drop = () => socket.destroy();
    const socks = options.socks4;
    const localPort = options.localPorts?.take() ?? options.localPort;
    if (options.path !== undefined) socket.connect({ path: options.path });
    else
      socket.connect({
        host: socks?.host ?? options.host ?? "127.0.0.1",
        port: socks?.port ?? options.port ?? 0,
        ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
        ...(localPort ? { localPort } : {}),
        autoSelectFamily: false,
        noDelay: options.noDelay ?? true,
        keepAlive: options.keepAlive ?? false,
      });
  }

  #connected(wire: SocketWire): void {
    const options = this.#options;
    this.#drop = () => wire.destroy();
    this.#info = wire.info;
    if (options.socks4 === undefined) {
      this.#toServer(wire);
      return;
    }
    this.#step = "socks4";
    const reply = new Socks4Reply();
    const closed = () =>
      this.#fail(
        "socks4",
        Object.assign(new Error("the SOCKS4 proxy closed the connection"), { code: "ECONNRESET" }),
      );
    wire.handler = {
      onData: (bytes) => {
        const taken = reply.take(bytes);
        if (!reply.whole) return;
        wire.pause();
        if (taken < bytes.length) wire.unshift(bytes.subarray(taken));
        if (reply.granted) this.#toServer(wire);
        else this.#fail("socks4", Object.assign(new Error(reply.reason), { code: "SOCKS4_REJECTED" }));
      },
      onEnd: closed,
      onDrain() {},
      onClose: closed,
    };
    wire.write(socks4Request(options.host ?? "", options.port ?? 0));
    wire.resume();
  }

  /** The stream to the server itself is there. */
  #toServer(wire: SocketWire): void {
    const options = this.#options;
    if (options.proxyHeader !== undefined) wire.write(options.proxyHeader);
    if (options.tls === undefined) {
      this.#finish();
      this.#handler.onConnected(wire);
      return;
    }
    this.#step = "tls";
    const { info } = wire;
    this.#drop = tlsOver(options.tls, options, wire.takeSocket(), info, {
      onSecure: (secure) => {
        if (this.#done) return;
        this.#finish();
        this.#handler.onConnected(secure);
      },
      onFailed: (code, message, tls) =>
        this.#fail("tls", Object.assign(new Error(message), { code }), { ...info, tls }),
    });
  }

  #tooLate(): void {
    this.#report({
      step: this.#step,
      code: "ETIMEDOUT",
      message: `no connection within ${this.#options.timeoutMs} ms`,
      timedOut: true,
      info: this.#info ?? unconnectedInfo(this.#options),
    });
  }

  #fail(step: ConnectFailure["step"], error: NodeJS.ErrnoException, known = this.#info): void {
    const { code = "EIO", message, syscall: call } = error;
    const info = known ?? unconnectedInfo(this.#options);
    this.#report({ step, code, message, timedOut: code === "ETIMEDOUT", call, info });
  }

  #report(failure: ConnectFailure): void {
    if (this.#done) return;
    this.#finish();
    this.#drop();
    this.#handler.onFailed(failure);
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#timer);
  }
}

function ignore(): void {}

function connectedInfo(options: ConnectOptions, socket: Socket): WireInfo {
  const source = options.path !== undefined ? noEndpoint : endpointOf(socket.localAddress, socket.localPort);
  return infoFrom(source, options);
}

/** Where it was to go is known. */
function unconnectedInfo(options: ConnectOptions): WireInfo {
  return infoFrom(noEndpoint, options);
}

function infoFrom(source: Endpoint, { path, host = "127.0.0.1", port }: ConnectOptions): WireInfo {
  const destination = path !== undefined ? pathEndpoint(path) : endpointOf(host, port);
  return {
    source,
    destination,
    realSource: source,
    realDestination: destination,
    tls: undefined,
    proxyProtocol: undefined,
  };
}
