import type {
  Balance,
  Global,
  HashType,
  HealthCheck,
  ProxySection,
  Server,
} from "../../../config/haproxy/model/index.js";
import { newDefaultServer } from "../../../config/haproxy/read/server-draft.js";
import { connect, makeTlsClient, SharedMemory } from "../../../proxy/index.js";
import type { ProxyRun, SeekRequest, SeekResult, ServerSlot, StreamRun } from "../../run/index.js";
import type { BackendState } from "../backend-state.js";
import type { ServerState } from "../server-state.js";
import { ServersRun } from "../servers-run.js";
import type { CheckEngine, Surroundings } from "../surroundings.js";

const place = { file: "test.cfg", line: 1, column: 1 };

/** A server line's meaning with HAProxy's defaults; for tests. */
export function serverLine(name: string, settings: Partial<Server> = {}, id = 1): Server {
  return {
    name,
    id,
    forcedId: false,
    address: { kind: "inet", host: "127.0.0.1", family: 4, ports: { from: 1, to: 1 }, type: "stream" },
    text: "127.0.0.1:1",
    template: undefined,
    ...newDefaultServer(place),
    place,
    ...settings,
  };
}

export interface BackendSettings {
  readonly name?: string;
  readonly mode?: "tcp" | "http";
  readonly balance?: Balance;
  readonly hashType?: HashType;
  readonly hashBalanceFactor?: number;
  readonly fullconn?: number;
  readonly allBackups?: boolean;
  readonly check?: Partial<HealthCheck>;
  readonly timeouts?: Partial<ProxySection["timeouts"]>;
  readonly options?: Partial<ProxySection["options"]>;
  readonly section?: Partial<ProxySection>;
  readonly servers: readonly (readonly [name: string, settings?: Partial<Server>])[];
}

function sectionOf(settings: BackendSettings, id: number): ProxySection {
  const name = settings.name ?? "be";
  return {
    name,
    kind: "backend",
    frontend: false,
    backend: true,
    id,
    mode: settings.mode ?? "tcp",
    disabled: false,
    place,
    binds: [],
    servers: settings.servers.map(([server, more], at) => serverLine(server, more, at + 1)),
    timeouts: { ...settings.timeouts },
    options: { logHealthChecks: false, persist: false, ...settings.options },
    fullconn: settings.fullconn ?? 1000,
    redispatch: undefined,
    balance: settings.balance ?? { algorithm: "roundrobin" },
    hashType: settings.hashType ?? { method: "map-based", function: "sdbm", avalanche: false },
    hashBalanceFactor: settings.hashBalanceFactor ?? 0,
    allBackups: settings.allBackups ?? false,
    useBackends: [],
    logs: [],
    logTag: undefined,
    cookie: undefined,
    emailAlert: undefined,
    check: {
      kind: "tcp",
      rules: [],
      words: [],
      disableOn404: false,
      sendState: false,
      place,
      ...settings.check,
    },
    ...settings.section,
  } as unknown as ProxySection;
}

export interface Told {
  readonly level: number;
  readonly message: string;
}

/** Servers that run without the rest of a process: what is logged and printed is kept. */
export class ServersFixture {
  readonly servers: ServersRun;
  readonly told: Told[] = [];
  readonly printed: string[] = [];
  readonly streams = new Set<StreamRun>();
  starting = false;
  readonly #proxies = new Map<string, ProxyRun>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #listeners: (() => void)[] = [];

  constructor(
    backends: readonly BackendSettings[],
    options: {
      memory?: SharedMemory;
      engine?: CheckEngine;
      global?: Partial<Global>;
      config?: object;
      compile?: Surroundings["compile"];
    } = {},
  ) {
    const told = this.told;
    const { memory = new SharedMemory() } = options;
    const fixture = this;
    const sections = backends.map((each, at) => sectionOf(each, at + 2));
    const surroundings = {
      config: {
        files: [],
        proxies: sections,
        mailers: [],
        global: {
          maxconn: 2000,
          node: "node1",
          logTag: "haproxy",
          spreadChecks: 0,
          maxSpreadChecksMs: 0,
          tune: { bufsize: 16384, httpMaxhdr: 101 },
          ...options.global,
        },
        ...options.config,
      },
      memory,
      pid: 1,
      log: {
        dropped: 0,
        send: (_targets: unknown, level: number, _tag: string, message: string) => {
          told.push({ level, message });
          for (const listener of this.#listeners) listener();
        },
      },
      streams: this.streams,
      compile: options.compile ?? noCompiler,
      variables: new Map(),
      now: () => performance.now(),
      after: (ms: number, work: () => void) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          work();
        }, ms);
        this.#timers.add(timer);
        return () => {
          this.#timers.delete(timer);
          clearTimeout(timer);
        };
      },
      backend: (name: string) => this.#proxies.get(name),
      engine: options.engine ?? { connect, tlsClient: () => makeTlsClient({ verify: "none" } as never) },
      report: (level: string, message: string) => {
        this.printed.push(`[${level}] ${message}`);
      },
      get starting() {
        return fixture.starting;
      },
    } as unknown as Surroundings;
    this.servers = new ServersRun(surroundings);
    for (const section of sections) {
      const proxy = {
        section,
        name: section.name,
        id: section.id,
        front: undefined,
        back: undefined,
        table: undefined,
        state: "running",
        lastChange: Date.now(),
      } as { -readonly [key in keyof ProxyRun]: ProxyRun[key] };
      this.#proxies.set(section.name, proxy);
      proxy.back = this.servers.addBackend(proxy);
    }
    this.servers.complete();
  }

  backend(name = "be"): BackendState {
    return this.#proxies.get(name)?.back as BackendState;
  }

  server(path: string): ServerState {
    const [backend, name] = path.includes("/") ? path.split("/") : ["be", path];
    return this.backend(backend).server(name as string) as ServerState;
  }

  /** A stream as far as balancing looks at it. */
  stream(more: object = {}): StreamRun {
    return {
      source: { host: "127.0.0.1", port: 1, family: 4 },
      http: undefined,
      requestBytes: Buffer.alloc(0),
      priorityClass: 0,
      priorityOffset: 0,
      serverQueue: 0,
      backendQueue: 0,
      session: undefined,
      ...more,
    } as unknown as StreamRun;
  }

  /** Looks for a server and gives what came of it, if that is known at once. */
  seek(settings: Partial<SeekRequest> = {}, backend = "be"): Found {
    const found: Found = { result: undefined, cancel: () => {}, release: () => {} };
    const seeking = this.backend(backend).seek({
      stream: this.stream(),
      backend: this.backend(backend).proxy,
      wanted: undefined,
      force: false,
      avoid: undefined,
      queueTimeoutMs: 0,
      done: (result) => {
        found.result = result;
        if (result.kind === "server") {
          const { slot } = result;
          found.release = () => slot.release();
        }
      },
      ...settings,
    });
    found.cancel = () => seeking.cancel();
    return found;
  }

  /** Takes a place and gives it back at once; the server's name. */
  once(settings: Partial<SeekRequest> = {}, backend = "be"): string {
    const found = this.seek(settings, backend);
    found.release();
    return nameOf(found);
  }

  /** Resolves when such a line was logged. */
  async logged(pattern: RegExp): Promise<Told> {
    for (;;) {
      const line = this.told.find(({ message }) => pattern.test(message));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        this.#listeners.push(resolve);
      });
      this.#listeners = [];
    }
  }

  stop(): void {
    this.servers.stop();
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

export interface Found {
  result: SeekResult | undefined;
  cancel: () => void;
  release: () => void;
}

export function nameOf(found: Found): string {
  const { result } = found;
  if (result === undefined) return "waits";
  return result.kind === "server" ? (result.slot as ServerSlot).server.name : result.kind;
}

const noCompiler: Surroundings["compile"] = {
  expression: () => () => undefined,
  every: () => () => [],
  format: (format) => () => format.text,
  condition: () => () => true,
};
