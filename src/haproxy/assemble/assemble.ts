import { Cache } from "../cache/index.js";
import { CompressionFilter, CompressionLimits } from "../compression/index.js";
import { closeLogSockets, LogRouter } from "../log/index.js";
import { PatternStore } from "../patterns/index.js";
import { ResolverSection, ServerNames } from "../resolvers/index.js";
import type { ConnectionHandler, RuntimeHost } from "../run/index.js";
import { allCommands, runtimeConnections } from "../runtime/index.js";
import { createCompiler } from "../samples/index.js";
import { ServersRun } from "../servers/index.js";
import { ProcessGauges, prometheusService, statsService } from "../stats/index.js";
import { realEngine, Streams } from "../stream/index.js";
import { ProcessVariables, VariableSpace } from "../variables/index.js";
import { Acceptor } from "./acceptor.js";
import type { AssembleOptions } from "./assemble-options.js";
import { runCommand } from "./command-session.js";
import { Departure } from "./departure.js";
import { Front } from "./front-run.js";
import { ProcessLimits } from "./global-limits.js";
import { type ListenerPlan, listenerPlans } from "./listener-plan.js";
import { Listener } from "./listener-run.js";
import type { OpenListener } from "./open-listener.js";
import { PeersRun } from "./peers.js";
import { Process } from "./process-run.js";
import { ProxyOfThread } from "./proxy-run.js";
import { answerAboutStreams, runtimeHost } from "./runtime-host.js";
import { serverSurroundings } from "./server-surroundings.js";
import { setVariables } from "./set-variables.js";
import { stickTables } from "./stick-tables.js";
import { shareChanges } from "./thread-changes.js";
import { TlsFiles } from "./tls-files.js";
import { Wakeups } from "./wakeups.js";

/** A thread of HAProxy's role, put together of its parts; nothing is accepted before `start`. */
export class Assembled {
  readonly process: Process;
  readonly limits: ProcessLimits;
  readonly servers: ServersRun;
  readonly streams: Streams;
  readonly gauges: ProcessGauges;
  readonly acceptor: Acceptor;
  readonly departure: Departure;
  readonly host: RuntimeHost;
  readonly options: AssembleOptions;
  readonly plans: readonly ListenerPlan[];
  readonly tls: TlsFiles;
  readonly log: LogRouter;
  readonly caches: readonly Cache[];
  readonly resolvers = new Map<string, ResolverSection>();
  readonly names: ServerNames;
  readonly compression: CompressionLimits;
  readonly peers: PeersRun;
  readonly #listeners = new Map<number, Listener>();
  #starting = true;

  /** @throws RondoError where a file that the configuration names can't be read or used */
  constructor(options: AssembleOptions) {
    const { config, memory, link } = options;
    this.options = options;
    const process = new Process(config, memory, options.startDate);
    this.process = process;
    this.limits = new ProcessLimits(config.global, options.maxconn, memory);
    this.plans = listenerPlans(config, options.proxyMaxconn);
    this.tls = new TlsFiles(config.global, options.verifyServers);
    // Read now, while files can be reached, and so that a mistake is the start's.
    for (const { bind } of this.plans) if (bind.ssl !== undefined) this.tls.server(bind);
    for (const { servers: lines } of config.proxies)
      for (const line of lines) if (line.ssl !== undefined || line.defaultSsl) this.tls.client(line);
    this.log = new LogRouter(config, process.pid, (server) => this.tls.client(server));
    process.log = this.log;
    const variables = new ProcessVariables(new VariableSpace(config.global.tune.varsProcMaxSize));
    process.variables = variables;
    const patterns = new PatternStore(config.files);
    process.patterns = patterns;
    process.compile = createCompiler(() => process, patterns);
    for (const [name, table] of stickTables(config, memory)) process.tables.set(name, table);
    const { tune } = config.global;
    this.compression = new CompressionLimits(
      config.global,
      memory,
      () => process.now(),
      () => this.limits.compressionRate,
    );
    process.filters.push(new CompressionFilter(this.compression, tune.compMaxlevel));
    this.caches = config.caches.map((section) => new Cache(section, memory, tune.bufsize - tune.maxrewrite));
    for (const cache of this.caches) process.caches.set(cache.name, cache);
    for (const section of config.resolvers)
      this.resolvers.set(
        section.name,
        new ResolverSection(section, memory, process, (text) => {
          if (link.thread === 0) options.report("warning", text);
        }),
      );
    process.resolvers = this.resolvers;
    const servers = new ServersRun(serverSurroundings(process, this.tls, options, () => this.#starting));
    this.servers = servers;
    this.#addProxies();
    servers.complete();
    this.names = new ServerNames(this.resolvers, process, (text) => options.report("warning", text));
    this.peers = new PeersRun(process, this.tls, options.localPeer, options.hasOldProcess);
    setVariables(process);
    this.streams = new Streams(
      process,
      realEngine((server) => this.tls.client(server)),
    );
    process.streams = this.streams.running;
    // Mistakes that only show when rules are compiled are the start's, not the first client's.
    for (const proxy of process.proxies) this.streams.compiled(proxy);
    this.gauges = new ProcessGauges(process);
    this.acceptor = new Acceptor(this.limits, new Wakeups(memory, "acceptor"), () => process.now());
    this.departure = new Departure(this);
    this.host = runtimeHost(this);
    process.services.set("stats", statsService(this.host, this.gauges));
    process.services.set("prometheus-exporter", prometheusService(this.host, this.gauges));
    answerAboutStreams(this);
    shareChanges(this, patterns, variables);
  }

  /** Servers' names are looked up, which `start` would do: of the first thread, before a chroot. */
  async findNames(): Promise<void> {
    await this.names.findFirst(this.servers.all());
  }

  /** Checks begin, and connections are taken. Rejects with node:net's error where Node can't listen. */
  async start(): Promise<void> {
    const { link } = this.options;
    this.#starting = false;
    this.servers.start();
    if (link.thread === 0) {
      void this.names.start(this.servers.all());
      this.peers.start();
      this.gauges.start();
    }
    const opened: Promise<OpenListener>[] = [];
    for (const plan of this.plans) {
      const handler = this.#handler(plan);
      if (handler === undefined) continue;
      const proxy = plan.owner.kind === "proxy" ? this.process.frontend(plan.owner.proxy.name) : undefined;
      const fd = this.options.sockets.get(plan.index);
      opened.push(
        this.acceptor.open({
          plan,
          run: this.#listeners.get(plan.index)!,
          front: proxy?.front,
          handler,
          fd,
          tls: plan.bind.ssl && this.tls.server(plan.bind),
          acceptProxy: plan.bind.acceptProxy,
          handshakeTimeoutMs: proxy?.section.timeouts.client ?? 0,
        }),
      );
    }
    await Promise.all(opened);
  }

  /** Runs a line of commands as the runtime socket would; `end` is called when all is answered. */
  command(
    line: string,
    level: "user" | "operator" | "admin",
    output: { write(text: string): void; end(): void },
  ): { close(): void } {
    return runCommand(this, line, level, output);
  }

  close(): void {
    this.acceptor.closeAll();
    this.servers.stop();
    this.names.stop();
    this.log.close();
    closeLogSockets();
  }

  #addProxies(): void {
    const { process, limits, servers } = this;
    const { config, memory } = process;
    for (const plan of this.plans) this.#listeners.set(plan.index, new Listener(plan, memory));
    for (const section of config.proxies) {
      const proxy = new ProxyOfThread(section, process.startDate);
      if (section.frontend) {
        const listeners = this.plans
          .filter(({ owner }) => owner.kind === "proxy" && owner.proxy === section)
          .map(({ index }) => this.#listeners.get(index)!);
        const { proxyMaxconn } = this.options;
        proxy.front = new Front(section, listeners, proxyMaxconn ?? limits.hardMaxconn, memory);
      }
      if (section.stickTable !== undefined) proxy.table = process.tables.get(section.stickTable.name);
      process.addProxy(proxy);
      if (section.backend) proxy.back = servers.addBackend(proxy);
    }
  }

  #handler({ owner }: ListenerPlan): ConnectionHandler | undefined {
    if (owner.kind === "proxy") return this.streams.handler(this.process.frontend(owner.proxy.name)!);
    // One thread answers at the runtime socket: what it changes reaches the others.
    if (owner.kind === "runtime" && this.options.link.thread === 0)
      return runtimeConnections(this.host, this.gauges, allCommands);
    if (owner.kind === "peers" && this.options.link.thread === 0) return this.peers.handler(owner.section);
    return undefined;
  }
}
