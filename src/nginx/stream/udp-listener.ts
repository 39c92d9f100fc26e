import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Listen } from "../../config/nginx/model/index.js";
import type { Endpoint } from "../../proxy/index.js";
import { say } from "./say.js";
import { Session, type Status } from "./session.js";
import type { StreamServer } from "./settings.js";
import type { StreamContext } from "./tcp-listener.js";
import { UdpProxying } from "./udp-proxying.js";

/** A UDP port of a server. Datagrams of one client are one session until it has ended. */
export class UdpListener {
  readonly #listen: Listen;
  readonly #server: StreamServer;
  readonly #context: StreamContext;
  /** By client; those whose next datagram begins another are only in `#all`. */
  readonly #byClient = new Map<string, UdpProxying>();
  readonly #all = new Set<UdpProxying>();
  #socket: Socket | undefined;
  #own: Endpoint;

  constructor(listen: Listen, server: StreamServer, context: StreamContext) {
    this.#listen = listen;
    this.#server = server;
    this.#context = context;
    this.#own = { host: listen.host, port: listen.port, family: listen.host.includes(":") ? 6 : 4 };
  }

  /** `fd`: a socket that is bound already. Rejects with node:dgram's error where it can't be. */
  async start(fd: number | undefined): Promise<void> {
    const { host, port, ipv6Only } = this.#listen;
    const six = host.includes(":");
    const socket = createSocket({ type: six ? "udp6" : "udp4", ...(six ? { ipv6Only } : {}) });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(
        fd === undefined ? { address: host, port, exclusive: true } : { fd, exclusive: true },
        () => {
          socket.off("error", reject);
          resolve();
        },
      );
    });
    socket.on("error", (error) => this.#context.log.error(`recvmsg() failed (${error.message})`));
    socket.on("message", (bytes, from) => this.#datagram(bytes, from));
  }

  get connections(): number {
    return this.#all.size;
  }

  /** Answers come by the socket that listens: with it all sessions end. */
  async quit(): Promise<void> {
    this.stop();
  }

  stop(): void {
    for (const each of [...this.#all]) each.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #datagram(bytes: Buffer, from: RemoteInfo): void {
    const key = `${from.address} ${from.port}`;
    const known = this.#byClient.get(key);
    if (known !== undefined) known.send(bytes);
    else this.#begin(bytes, from, key);
  }

  #begin(bytes: Buffer, from: RemoteInfo, key: string): void {
    const { content, assignments, limit, mayEnter } = this.#server;
    const { log } = this.#context;
    const client: Endpoint = { host: from.address, port: from.port, family: from.family === "IPv6" ? 6 : 4 };
    const session = new Session(this.#context.nextNumber(), "UDP", client, this.#own);
    for (const assign of assignments) assign(session);
    if (!limit(session, log)) {
      session.received = bytes.length;
      this.#log(session, 503);
    } else if (!mayEnter(client.host)) {
      session.received = bytes.length;
      say(log, "error", session, "access forbidden by rule");
      this.#log(session, 403);
    } else if (content?.kind !== "proxy") {
      session.received = bytes.length;
      const text = content?.text.value(session) ?? "";
      if (text !== "") this.#socket?.send(Buffer.from(text, "latin1"), from.port, from.address);
      session.sent = text.length;
      this.#log(session, 200);
    } else {
      const forget = () => {
        if (this.#byClient.get(key) === proxying) this.#byClient.delete(key);
      };
      const proxying: UdpProxying = new UdpProxying(session, content.proxy, log, {
        onAnswer: (answer) => this.#socket?.send(answer, from.port, from.address),
        onRequestsDone: forget,
        onEnded: (status) => {
          forget();
          this.#all.delete(proxying);
          this.#log(session, status);
        },
      });
      this.#byClient.set(key, proxying);
      this.#all.add(proxying);
      proxying.start();
      proxying.send(bytes);
    }
  }

  #log(session: Session, status: Status): void {
    session.end(status, this.#server.logs);
  }
}
