import type { Listen } from "../../config/nginx/model/index.js";
import type { Endpoint } from "../../proxy/index.js";
import { AF_INET6, boundSocket, type Datagram, SystemError, UdpSocket } from "../../sys/index.js";
import { IpAddress } from "../../wire/index.js";
import { say, sayConnected, systemText } from "./say.js";
import { Session, type Status } from "./session.js";
import type { ProxySettings, StreamServer } from "./settings.js";
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
  #socket: UdpSocket | undefined;
  #onIdle: () => void = () => {};

  constructor(listen: Listen, server: StreamServer, context: StreamContext) {
    this.#listen = listen;
    this.#server = server;
    this.#context = context;
  }

  /** `fd`: a socket that is bound already. Rejects with the system's error where it can't be. */
  async start(fd: number | undefined): Promise<void> {
    this.#socket = new UdpSocket(fd ?? this.#bind(), {
      onDatagram: (datagram) => this.#datagram(datagram),
      onError: (error) => this.#context.log.error(`recvmsg() failed (${systemText(error.errnoName)})`),
    });
  }

  get connections(): number {
    return this.#all.size;
  }

  /** Takes no more datagrams of clients; sessions that wait for answers go on. Fulfilled when the last one has ended. */
  async quit(): Promise<void> {
    this.#socket?.stopReading();
    if (this.#all.size > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    this.stop();
  }

  stop(): void {
    for (const each of [...this.#all]) each.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #bind(): number {
    const { host, port, ipv6Only, reusePort } = this.#listen;
    const place = { address: IpAddress.of(host).bytes, port };
    return boundSocket(place, { datagram: true, reusePort, v6Only: ipv6Only, backlog: 0 }, () => {});
  }

  #datagram(datagram: Datagram): void {
    const { sender, local, bytes } = datagram;
    const key =
      sender.toString("latin1") + (local === undefined ? "" : Buffer.from(local).toString("latin1"));
    const known = this.#byClient.get(key);
    if (known !== undefined) known.send(bytes);
    else this.#begin(datagram, key);
  }

  #begin(datagram: Datagram, key: string): void {
    const { assignments, content } = this.#server;
    const { host, port } = this.#listen;
    const own = datagram.local === undefined ? host : String(IpAddress.fromBytes(datagram.local));
    const client = endpointOf(datagram.sender);
    const family = host.includes(":") ? 6 : 4;
    const session = new Session(this.#context.nextNumber(), "UDP", client, { host: own, port, family });
    sayConnected(this.#context.log, session, this.#listen.text);
    for (const assign of assignments) assign(session);
    const refused = this.#refused(session);
    if (refused === undefined && content?.kind === "proxy") {
      this.#proxy(session, content.proxy, datagram, key);
      return;
    }
    session.received = datagram.bytes.length;
    if (refused === undefined) {
      const text = content?.kind === "return" ? content.text.value(session) : "";
      if (text !== "") this.#answer(session, Buffer.from(text, "latin1"), datagram);
      session.sent = text.length;
    }
    this.#log(session, refused ?? 200);
  }

  /** Why a client isn't let in. */
  #refused(session: Session): Status | undefined {
    const { limit, mayEnter } = this.#server;
    const { log } = this.#context;
    if (!limit(session, log)) return 503;
    if (mayEnter(session.client.host)) return undefined;
    say(log, "error", session, "access forbidden by rule");
    return 403;
  }

  #proxy(session: Session, settings: ProxySettings, datagram: Datagram, key: string): void {
    const forget = () => {
      if (this.#byClient.get(key) === proxying) this.#byClient.delete(key);
    };
    const proxying: UdpProxying = new UdpProxying(session, settings, this.#context.log, {
      onAnswer: (answer) => this.#answer(session, answer, datagram),
      onRequestsDone: forget,
      onEnded: (status) => {
        forget();
        this.#all.delete(proxying);
        this.#log(session, status);
        if (this.#all.size === 0) this.#onIdle();
      },
    });
    this.#byClient.set(key, proxying);
    this.#all.add(proxying);
    proxying.start();
    proxying.send(datagram.bytes);
  }

  /** From the address that the client asked. One for which the kernel has no room is lost, as datagrams are. */
  #answer(session: Session, bytes: Uint8Array, { sender, local }: Datagram): void {
    try {
      if (this.#socket?.send(bytes, sender, local) !== false) return;
      say(this.#context.log, "error", session, `sendmsg() failed (${systemText("EAGAIN")})`);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      say(this.#context.log, "error", session, `sendmsg() failed (${systemText(error.errnoName)})`);
    }
  }

  #log(session: Session, status: Status): void {
    session.end(status, this.#server.logs);
  }
}

/** Of a sockaddr_in or sockaddr_in6. */
function endpointOf(address: Buffer): Endpoint {
  const six = address.readUInt16LE(0) === AF_INET6;
  const host = IpAddress.within(address, six ? 8 : 4, six ? 6 : 4);
  return { host: String(host), port: address.readUInt16BE(2), family: six ? 6 : 4 };
}
