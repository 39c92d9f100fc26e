import type { ClientConnection, Endpoint, WireInfo } from "../../proxy/index.js";
import type { ListenerRun, ProxyRun, ServerRun, SessionRun, TrackedEntry, Variables } from "../run/index.js";
import { countSession, releaseTracked } from "../tables/index.js";
import { ScopeVariables, VariableSpace } from "../variables/index.js";
import { Alarm } from "./alarm.js";
import type { CompiledProxy } from "./compiled.js";
import type { Streams } from "./streams.js";

/** A client's connection from its accept to its end. */
export class Session implements SessionRun {
  readonly streams: Streams;
  readonly front: CompiledProxy;
  readonly frontend: ProxyRun;
  readonly listener: ListenerRun;
  info: WireInfo;
  source: Endpoint;
  destination: Endpoint;
  readonly acceptDate: number;
  readonly acceptTime: number;
  handshakeMs = 0;
  readonly tracked: (TrackedEntry | undefined)[] = [];
  connectionError = 0;
  /** Requests until now: a further one may use connections that others left. */
  requests = 0;
  /** Streams that there are now. */
  active = 0;
  /** A server asked for NTLM or Negotiate: the client stays with its connection. */
  prefersLast = false;
  /** Connections to servers that only this client may use, while they are idle. */
  #own: OwnConnection[] | undefined;
  #variables: ScopeVariables | undefined;
  #alarms: Alarm[] | undefined;
  /** `tcp-request connection expect-proxy` was met. */
  expectsProxy = false;
  /** Tells who accepted it that it is gone. */
  closed: (() => void) | undefined;
  ended = false;

  constructor(
    streams: Streams,
    front: CompiledProxy,
    listener: ListenerRun,
    info: WireInfo,
    acceptedAt: number,
  ) {
    this.streams = streams;
    this.front = front;
    this.frontend = front.proxy;
    this.listener = listener;
    this.info = info;
    this.source = info.source;
    this.destination = info.destination;
    this.acceptTime = acceptedAt;
    this.acceptDate = streams.wallClock(acceptedAt);
  }

  /** A rule of connections gave the connection itself another end: what the PROXY protocol says comes after it. */
  moved(which: "source" | "destination", endpoint: Endpoint): void {
    this.#moved = {
      source: which === "source" ? endpoint : this.#moved?.source,
      destination: which === "destination" ? endpoint : this.#moved?.destination,
    };
    this.info = this.#asMoved(this.info);
  }

  #moved: { readonly source: Endpoint | undefined; readonly destination: Endpoint | undefined } | undefined;

  #asMoved(info: WireInfo): WireInfo {
    const { source, destination } = this.#moved ?? { source: undefined, destination: undefined };
    const said = info.proxyProtocol !== undefined && !info.proxyProtocol.local;
    return {
      ...info,
      source: said ? info.source : (source ?? info.source),
      destination: said ? info.destination : (destination ?? info.destination),
      realSource: source ?? info.realSource,
      realDestination: destination ?? info.realDestination,
    };
  }

  /** Its handshakes are done. */
  connected(info: WireInfo): void {
    this.info = this.#moved === undefined ? info : this.#asMoved(info);
    this.source = this.info.source;
    this.destination = this.info.destination;
  }

  #space: VariableSpace | undefined;

  /** What its variables, and those of its streams, may take together. */
  get space(): VariableSpace {
    return (this.#space ??= new VariableSpace(this.streams.process.config.global.tune.varsSessMaxSize));
  }

  get variables(): Variables {
    return (this.#variables ??= new ScopeVariables(this.space));
  }

  /** It passed the rules of connections and sessions: what it tracks counts it. */
  countTracked(): void {
    if (this.tracked.length > 0) countSession(this);
  }

  takeAlarm(): Alarm {
    return this.#alarms?.pop() ?? new Alarm(this.streams.now);
  }

  giveAlarm(alarm: Alarm): void {
    alarm.release();
    if (this.ended) alarm.stop();
    else if (this.#alarms === undefined) this.#alarms = [alarm];
    else this.#alarms.push(alarm);
  }

  /** A connection of its own that can take a request now. */
  ownConnection(server: ServerRun | undefined, key: string): ClientConnection | undefined {
    return this.#own?.find(
      (each) =>
        each.server === server && each.key === key && each.connection.available && !each.connection.destroyed,
    )?.connection;
  }

  /** The server that it has a connection of its own to, for `option prefer-last-server` and NTLM. */
  lastServer(backend: ProxyRun): ServerRun | undefined {
    return this.#own?.find((each) => each.server?.proxy === backend && !each.connection.destroyed)?.server;
  }

  keepConnection(server: ServerRun | undefined, key: string, connection: ClientConnection): void {
    if (this.#own === undefined) this.#own = [{ server, key, connection }];
    else {
      this.#own = this.#own.filter((each) => !each.connection.destroyed && each.connection !== connection);
      this.#own.push({ server, key, connection });
      const limit = this.front.section.maxSessionServerConnections ?? 5;
      while (this.#own.length > limit) this.#own.shift()?.connection.close();
    }
    if (this.ended) connection.close();
  }

  dropConnection(connection: ClientConnection): void {
    if (this.#own !== undefined) this.#own = this.#own.filter((each) => each.connection !== connection);
  }

  /** The client's connection is gone, and all its streams have ended. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.tracked.length > 0) releaseTracked(this);
    this.#variables?.clear();
    for (const alarm of this.#alarms ?? []) alarm.stop();
    const own = this.#own;
    this.#own = undefined;
    for (const each of own ?? []) if (!each.connection.destroyed) each.connection.close();
    this.closed?.();
  }
}

interface OwnConnection {
  readonly server: ServerRun | undefined;
  readonly key: string;
  readonly connection: ClientConnection;
}
