import { hostname } from "node:os";
import type {
  HaproxyConfig,
  LogTarget,
  Ring as RingSection,
  Server,
  SocketAddress,
} from "../../config/haproxy/model/index.js";
import type { TlsClient } from "../../proxy/index.js";
import type { LogBus } from "../run/index.js";
import { DatagramSink } from "./datagram-sink.js";
import { DescriptorSink } from "./descriptor-sink.js";
import type { LineAround } from "./header.js";
import { Ring } from "./ring.js";
import { RingSender } from "./ring-sender.js";
import { Sampling } from "./sampling.js";
import type { LogSink } from "./sink.js";

interface Route {
  readonly sink: LogSink;
  readonly sampling: Sampling | undefined;
}

/** Rings whose size nobody said (sink.c: buf0, and rings of `log tcp@…`). */
const standardRingSize = 1048576;
const noSink: LogSink = { write: () => false, close() {} };

/** Takes log lines to their targets; what is made for a target is made when the first line goes there. */
export class LogRouter implements LogBus {
  readonly #pid: string;
  readonly #host: string | undefined;
  readonly #rings = new Map<string, Ring>();
  readonly #senders: RingSender[] = [];
  readonly #routes = new Map<LogTarget, Route>();
  readonly #tls: TlsOfServer;
  #dropped = 0;

  constructor(
    config: Pick<HaproxyConfig, "rings" | "global">,
    pid: number,
    tls: TlsOfServer = () => undefined,
  ) {
    this.#tls = tls;
    this.#pid = String(pid);
    const { logSendHostname } = config.global;
    this.#host = logSendHostname === "" ? hostname() : logSendHostname;
    this.#rings.set("buf0", new Ring("buf0", "in-memory ring buffer", "timed", 0, standardRingSize));
    for (const section of config.rings) this.#open(section);
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** `show events`. */
  get rings(): readonly Ring[] {
    return [...this.#rings.values()];
  }

  ring(name: string): Ring | undefined {
    return this.#rings.get(name);
  }

  send(
    targets: readonly LogTarget[],
    level: number,
    tag: string,
    message: string,
    structured?: string,
  ): void {
    if (level < 0) return;
    const text = /[\n\0]$/.test(message) ? message.replace(/[\n\0]+$/, "") : message;
    const date = performance.timeOrigin + performance.now();
    for (const target of targets) {
      if (level > target.maxLevel) continue;
      const route = this.#routes.get(target) ?? this.#route(target);
      if (route.sampling?.take() === false) continue;
      const around: LineAround = {
        facility: target.facility,
        level: Math.max(level, target.minLevel),
        tag,
        pid: this.#pid,
        host: this.#host,
        structured,
        date,
      };
      if (!route.sink.write(text, around)) this.#dropped++;
    }
  }

  toRing(name: string, message: string): void {
    const date = performance.timeOrigin + performance.now();
    const around = {
      facility: 0,
      level: 0,
      tag: "",
      pid: this.#pid,
      host: this.#host,
      structured: undefined,
      date,
    };
    this.#rings.get(name)?.write(message, around);
  }

  close(): void {
    for (const { sink } of this.#routes.values()) sink.close();
    for (const sender of this.#senders) sender.close();
    this.#routes.clear();
  }

  #route(target: LogTarget): Route {
    const sampling = target.sample && new Sampling(target.sample);
    const route = { sink: this.#sink(target), sampling };
    this.#routes.set(target, route);
    return route;
  }

  #sink(target: LogTarget): LogSink {
    const to = target.target;
    if (to.kind === "ring") {
      const ring = this.#rings.get(to.name);
      return ring ? intoRing(target, ring) : noSink;
    }
    if (to.kind !== "address") return new DescriptorSink(target, to.kind === "stdout" ? 1 : 2);
    const { address } = to;
    if (address.kind === "fd") return new DescriptorSink(target, address.fd);
    if (address.kind === "sockpair") return noSink;
    if ("type" in address && address.type === "stream") return this.#stream(target, address);
    return new DatagramSink(target, address);
  }

  /** Lines to a stream go through a ring of their own, so that nothing waits for the connection. */
  #stream(target: LogTarget, address: SocketAddress): LogSink {
    const name = `ring#${this.#rings.size}`;
    const ring = new Ring(name, "log ring", target.format, target.length, standardRingSize);
    this.#rings.set(name, ring);
    const server = serverAt(address, 514);
    if (server)
      this.#senders.push(new RingSender(ring, { ...server, octetCounting: false, connectTimeoutMs: 1000 }));
    return intoRing(target, ring);
  }

  #open(section: RingSection): void {
    const { name, description, format, maxLength, size, servers } = section;
    const ring = new Ring(name, description ?? name, format, maxLength, size);
    this.#rings.set(name, ring);
    for (const server of servers) {
      const at = serverAt(server.address, 514);
      if (!at) continue;
      const octetCounting = (server as Server & { logProto?: string }).logProto === "octet-count";
      this.#senders.push(
        new RingSender(ring, {
          ...at,
          octetCounting,
          connectTimeoutMs: section.connectTimeoutMs ?? 0,
          tls: server.ssl === undefined ? undefined : this.#tls(server),
        }),
      );
    }
  }
}

/** TLS settings of a ring's server, files read. */
export type TlsOfServer = (server: Server) => TlsClient | undefined;

const intoRing = (target: LogTarget, ring: Ring): LogSink => ({
  write: (text, around) => ring.write(text.slice(0, target.length), around),
  close() {},
});

function serverAt(
  address: SocketAddress,
  standardPort: number,
): { host: string; port: number } | { path: string } | undefined {
  if (address.kind === "inet")
    return { host: address.host || "127.0.0.1", port: address.ports?.from ?? standardPort };
  if (address.kind === "unix") return { path: address.path };
  return address.kind === "abstract" ? { path: `\0${address.path}` } : undefined;
}
