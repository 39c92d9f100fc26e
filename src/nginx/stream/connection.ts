import type { Log } from "../../errors.js";
import { type ServerTls, type SocketWire, tlsAccept, type Wire } from "../../proxy/index.js";
import { certificateFault } from "../tls/client-certificate.js";
import { closeWire, inert } from "./close.js";
import { preread } from "./preread.js";
import { Proxying } from "./proxying.js";
import { say } from "./say.js";
import type { Session, Status } from "./session.js";
import type { StreamServer } from "./settings.js";

/** What variables tell of a ClientHello that never was whole. */
const nothingSaid = { protocol: "", serverName: "", alpn: "" };

/**
 * A client's connection on its way through the phases (ngx_stream_core_module): post-accept (realip), preaccess (set, limit_conn), access, ssl, preread, content, log.
 */
export class StreamConnection {
  readonly session: Session;
  readonly #server: StreamServer;
  readonly #log: Log;
  readonly #onEnded: (connection: StreamConnection) => void;
  #wire: Wire;
  #stopPhase: () => void = () => {};
  #ended = false;

  constructor(
    session: Session,
    wire: Wire,
    server: StreamServer,
    log: Log,
    onEnded: (connection: StreamConnection) => void,
  ) {
    this.session = session;
    this.#wire = wire;
    this.#server = server;
    this.#log = log;
    this.#onEnded = onEnded;
  }

  /** `tls`: its listener has `ssl`. */
  start(tls: boolean): void {
    const { session } = this;
    const server = this.#server;
    const said = session.proxyProtocol?.source;
    if (said !== undefined && server.believes(session.realClient.host)) session.client = said;
    for (const assign of server.assignments) assign(session);
    if (!server.limit(session, this.#log)) this.#end(503);
    else if (!server.mayEnter(session.client.host)) {
      say(this.#log, "error", session, "access forbidden by rule");
      this.#end(403);
    } else if (tls) this.#secure();
    else this.#preread();
  }

  /** Breaks it off: the time for sessions to end is over, or the process ends. */
  stop(): void {
    this.#end(200);
  }

  #secure(): void {
    const { tls, handshakeTimeoutMs } = this.#server;
    if (tls === undefined) {
      this.#end(500);
      return;
    }
    const plain = this.#wire as SocketWire;
    this.session.verifyDepth = this.#server.verifyDepth;
    const cancel = tlsAccept(tls as ServerTls, plain.takeSocket(), plain.info, {
      onSecure: (wire) => {
        clearTimeout(timer);
        this.#wire = wire;
        this.#stopPhase = () => {};
        this.session.tls = wire.info.tls;
        const { verifyClient, verifyDepth } = this.#server;
        const fault = wire.info.tls && certificateFault(wire.info.tls, verifyClient, verifyDepth);
        if (fault === undefined) this.#preread();
        else {
          say(this.#log, "info", this.session, fault.sentence);
          this.#end(500);
        }
      },
      onFailed: (_code, message, failed) => {
        clearTimeout(timer);
        this.session.tls = failed;
        this.#stopPhase = () => {};
        say(this.#log, "info", this.session, `SSL_do_handshake() failed (${message}) while SSL handshaking`);
        this.#end(500);
      },
    });
    const timer = setTimeout(() => this.#end(500), handshakeTimeoutMs);
    this.#stopPhase = () => {
      clearTimeout(timer);
      cancel();
    };
  }

  #preread(): void {
    const { preread: settings } = this.#server;
    if (settings === undefined) {
      this.#content(undefined);
      return;
    }
    preread(this.#wire, settings, {
      onRead: ({ bytes, hello }) => {
        this.session.hello = hello;
        this.#content(bytes);
      },
      onFailed: (why, began) => {
        if (this.#ended) return;
        if (began) this.session.hello = nothingSaid;
        if (why === "full")
          say(this.#log, "error", this.session, "preread buffer full while prereading client data");
        this.#end(why === "full" ? 400 : 200);
      },
    });
  }

  #content(first: Uint8Array | undefined): void {
    if (this.#ended) return;
    const { content } = this.#server;
    if (content === undefined) this.#end(200);
    else if (content.kind === "return") {
      const text = content.text.value(this.session);
      if (text !== "") this.#wire.write(text);
      this.session.sent += text.length;
      this.#end(200);
    } else {
      const { session } = this;
      const proxying = new Proxying(session, this.#wire, first, content.proxy, this.#log, (status) =>
        this.#end(status),
      );
      this.#stopPhase = () => proxying.stop();
      proxying.start();
    }
  }

  #end(status: Status): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopPhase();
    if (!this.#wire.destroyed) this.#wire.handler = inert;
    this.session.end(status, this.#server.logs);
    closeWire(this.#wire);
    this.#onEnded(this);
  }
}
