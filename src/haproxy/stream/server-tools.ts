import type { Server } from "../../config/haproxy/model/index.js";
import {
  type ConnectOptions,
  type Endpoint,
  PortRange,
  type TlsClient,
  type TlsInfo,
} from "../../proxy/index.js";
import type { BackendCounter, Evaluate, ServerRun } from "../run/index.js";
import { ServerPool } from "./pool.js";
import { proxyHeader } from "./proxy-header.js";
import { backSlots, type Slots } from "./slots.js";
import type { Stream } from "./stream.js";
import type { Streams } from "./streams.js";

/** What is made ready once for each server: its counters' places, its TLS settings, how it is connected to, its idle connections. */
export class ServerTools {
  readonly server: ServerRun;
  readonly slots: Slots<BackendCounter>;
  readonly pool: ServerPool;
  /** Made where traffic uses TLS, or may be told to. */
  #tls: TlsClient | undefined;
  readonly #makeTls: () => TlsClient | undefined;
  readonly sni: Evaluate | undefined;
  readonly sticky: boolean;
  readonly #section: Server;
  /** Options of a connection that are the same for every stream; undefined where they aren't. */
  #fixed: { readonly address: Endpoint; readonly options: ConnectOptions } | undefined;
  readonly #varies: boolean;

  constructor(server: ServerRun, streams: Streams) {
    const { section } = server;
    this.server = server;
    this.#section = section;
    this.slots = backSlots(server.counters);
    this.pool = new ServerPool(server, (ms, work) => streams.process.after(ms, work));
    this.#makeTls = () => streams.engine.tlsClient(section);
    if (section.ssl !== undefined) this.#tls = this.#makeTls();
    this.sni = section.sni === undefined ? undefined : streams.process.compile.expression(section.sni);
    this.sticky = section.nonStick !== true;
    const source = section.source ?? server.proxy.section.source;
    const { address } = section;
    this.#varies =
      this.sni !== undefined ||
      section.sendProxy !== undefined ||
      source?.useSource !== undefined ||
      (address.kind === "inet" &&
        (address.ports === undefined || address.offset !== undefined || isAny(address.host)));
  }

  /** Where this stream's connection goes, and how; undefined: the server's address isn't known. */
  connectOptions(stream: Stream, http: boolean): ConnectOptions | undefined {
    const address = this.server.address;
    if (address === undefined) return undefined;
    if (!this.#varies) {
      if (this.#fixed?.address !== address)
        this.#fixed = { address, options: this.#make(stream, address, http) };
      return this.#fixed.options;
    }
    return this.#make(stream, address, http);
  }

  /** What a connection must have in common with the one that this stream would make, to be taken for it. */
  key(options: ConnectOptions): string {
    if (!this.#varies) return "";
    const header = options.proxyHeader === undefined ? "" : options.proxyHeader.toString("latin1");
    return `${options.path ?? options.host} ${options.port} ${options.serverName ?? ""} ${options.localAddress ?? ""}:${options.localPort ?? options.localPorts?.from ?? ""} ${header}`;
  }

  /** A new connection is there. */
  countTls(tls: TlsInfo | undefined): void {
    if (tls === undefined) return;
    this.server.counters.add("tlsSessions");
    if (tls.resumed) this.server.counters.add("tlsReused");
  }

  #make(stream: Stream, address: Endpoint, http: boolean): ConnectOptions {
    const section = this.#section;
    const { timeouts, options: proxyOptions } = stream.back.section;
    const options: { -readonly [key in keyof ConnectOptions]: ConnectOptions[key] } = {
      timeoutMs: timeouts.connect ?? 0,
      keepAlive: proxyOptions.srvtcpka,
      noDelay: true,
    };
    if (address.family === 0) options.path = address.host;
    else {
      const offset = section.address.kind === "inet" ? section.address.offset : undefined;
      const mapped =
        section.address.kind === "inet" &&
        (section.address.offset !== undefined || section.address.ports === undefined);
      const { destination } = stream;
      options.host = isAny(address.host) && destination.family !== 0 ? destination.host : address.host;
      options.port = mapped ? destination.port + (offset ?? 0) : address.port;
    }
    applySource(options, stream, section.source ?? stream.back.section.source);
    if (section.socks4 !== undefined) {
      const at = section.socks4.lastIndexOf(":");
      options.socks4 = { host: section.socks4.slice(0, at), port: Number(section.socks4.slice(at + 1)) };
    }
    if (section.sendProxy !== undefined) options.proxyHeader = proxyHeader(section, stream);
    if ((this.server.useTls ?? (section.ssl === undefined ? 0 : 1)) === 1) {
      const tls = (this.#tls ??= this.#makeTls());
      if (tls !== undefined) options.tls = tls;
      const sample = this.sni?.(stream.requestContext);
      if (sample !== undefined && typeof sample !== "symbol") {
        const name = String(sample.value);
        if (name !== "") options.serverName = name;
      }
      const alpn = (section.ssl ?? section.checkTls)?.alpn;
      if (http && section.proto === undefined && alpn !== undefined) options.alpn = alpn;
      else if (http && section.proto === "h2") options.alpn = ["h2"];
    }
    return options;
  }
}

type Ports = { readonly from: number; readonly to: number };
const ranges = new WeakMap<Ports, PortRange>();

/** One for each `source`: its ports are taken in turn. */
function portsOf(ports: Ports | undefined): PortRange | undefined {
  if (ports === undefined || ports.from === 0) return undefined;
  const range = ranges.get(ports) ?? new PortRange(ports.from, ports.to);
  ranges.set(ports, range);
  return range;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** `source`: the address that the connection comes from. */
export function applySource(
  options: Writable<ConnectOptions>,
  stream: Stream,
  source: Server["source"],
): void {
  if (source === undefined) return;
  if (source.interface !== undefined) options.interface = source.interface;
  if (source.address?.kind === "inet") {
    const { host, ports } = source.address;
    const range = portsOf(ports);
    if (!isAny(host)) options.localAddress = host;
    else if (range !== undefined) options.localAddress = host || "0.0.0.0";
    if (range !== undefined) options.localPorts = range;
  }
  const use = source.useSource;
  if (use === undefined) return;
  options.transparent = true;
  const client = stream.source;
  if (use.kind === "address") options.localAddress = use.address;
  else if (use.kind === "header") headerSource(options, stream, use);
  else {
    if (client.family === 0) return;
    options.localAddress = client.host;
    delete options.localPorts;
    if (use.kind === "client") options.localPort = client.port;
    else delete options.localPort;
  }
}

/** `usesrc hdr_ip(NAME,OCCURRENCE)`; what is no address is left alone. */
function headerSource(
  options: Writable<ConnectOptions>,
  stream: Stream,
  { name, occurrence }: { readonly name: string; readonly occurrence: number },
): void {
  const fields = stream.http?.request.headers.all(name.toLowerCase()).flatMap((value) => value.split(","));
  const field = fields?.at(occurrence < 0 ? occurrence : occurrence - 1)?.trim();
  if (field !== undefined && /^\d+\.\d+\.\d+\.\d+$/.test(field)) options.localAddress = field;
}

function isAny(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}
