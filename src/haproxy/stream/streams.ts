import type {
  CapturedError,
  ConnectionHandler,
  LiveStreams,
  ProcessRun,
  ProxyRun,
  Seeking,
  SeekRequest,
  ServerRun,
  StickTableRun,
  TableEntry,
  TableKey,
} from "../run/index.js";
import { compileProxy } from "./compile-proxy.js";
import type { CompiledProxy } from "./compiled.js";
import type { StreamEngine } from "./engine.js";
import { FrontDoor } from "./front-door.js";
import type { HttpClient } from "./http/http-client.js";
import { Live } from "./live.js";
import { logStream } from "./log-stream.js";
import { ServerTools } from "./server-tools.js";
import type { Stream } from "./stream.js";

/** All streams of one thread: what they share, and where their connections come in. */
export class Streams {
  readonly process: ProcessRun;
  readonly engine: StreamEngine;
  readonly live = new Live<Stream>();
  /** Clients that speak HTTP, also between two requests. */
  readonly clients = new Set<HttpClient>();
  readonly now: () => number;
  /** The monotonic clock when the wall clock showed the process's startDate. */
  readonly startedAt: number;
  readonly #compiled = new Map<ProxyRun, CompiledProxy>();
  readonly #tools = new Map<ServerRun, ServerTools>();
  #nextId = 0;
  #nextEvent = 0;

  constructor(process: ProcessRun, engine: StreamEngine) {
    this.process = process;
    this.engine = engine;
    this.now = () => process.now();
    this.startedAt = process.now() - (Date.now() - process.startDate);
    process.onStopping?.(() => {
      // What has come by now is read first: a request in it is no reason to lose it.
      setImmediate(() => {
        for (const client of [...this.clients]) client.closeIfIdle();
      });
    });
  }

  get running(): LiveStreams {
    return this.live;
  }

  wallClock(at: number): number {
    return this.process.startDate + (at - this.startedAt);
  }

  log(stream: Stream): void {
    logStream(stream);
  }

  nextId(): number {
    return this.#nextId++;
  }

  /** Makes a proxy ready; done at its first use, or before by who starts the process. */
  compiled(proxy: ProxyRun): CompiledProxy {
    let compiled = this.#compiled.get(proxy);
    if (compiled === undefined) {
      compiled = compileProxy(this.process, proxy);
      this.#compiled.set(proxy, compiled);
    }
    return compiled;
  }

  toolsOf(server: ServerRun): ServerTools {
    let tools = this.#tools.get(server);
    if (tools === undefined) {
      tools = new ServerTools(server, this);
      this.#tools.set(server, tools);
    }
    return tools;
  }

  /** A server was removed: its idle connections are closed. */
  forget(server: ServerRun): void {
    this.#tools.get(server)?.pool.close();
    this.#tools.delete(server);
  }

  seek(backend: ProxyRun, request: SeekRequest): Seeking | undefined {
    const { back } = backend;
    if (back === undefined) {
      request.done({ kind: "none" });
      return undefined;
    }
    return back.seek(request);
  }

  /** Who is given the connections of a front end's listeners. */
  handler(frontend: ProxyRun): ConnectionHandler {
    return new FrontDoor(this, this.compiled(frontend));
  }

  /** The server that a stick table's entry names in a back end. */
  storedServer(backend: ProxyRun, entry: TableEntry): ServerRun | undefined {
    const servers = backend.back?.servers ?? [];
    const key = entry.text("server_key");
    if (key !== undefined && key !== "") {
      const named = servers.find((each) => each.name === key);
      if (named !== undefined) return named;
      const at = servers.find((each) => addressKey(each) === key);
      if (at !== undefined) return at;
    }
    const id = entry.get("server_id");
    return id === 0 ? undefined : servers.find((each) => each.id === id);
  }

  storeServer(table: StickTableRun, key: TableKey, server: ServerRun): void {
    const entry = table.getOrCreate(key);
    if (entry === undefined) return;
    entry.set("server_id", server.id);
    const text = table.settings.serverKey === "addr" ? addressKey(server) : server.name;
    if (text !== undefined) entry.setText("server_key", text);
    entry.touch();
  }

  /** Keeps a message that couldn't be read, for `show errors`. */
  captureError(
    side: CapturedError["side"],
    proxy: ProxyRun,
    what: Omit<CapturedError, "proxy" | "side" | "date" | "eventId">,
  ): void {
    const captured: CapturedError = { ...what, proxy, side, date: Date.now(), eventId: this.#nextEvent++ };
    if (side === "request") proxy.invalidRequest = captured;
    else proxy.invalidResponse = captured;
  }
}

function addressKey(server: ServerRun): string | undefined {
  const { address } = server;
  return address === undefined ? undefined : `${address.host}:${address.port}`;
}
