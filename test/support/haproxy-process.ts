import type {
  Bind,
  Global,
  HaproxyConfig,
  ProxySection,
  Server,
} from "../../src/config/haproxy/model/index.js";
import type {
  CheckRun,
  ListenerRun,
  ProcessRun,
  ProxyRun,
  RuntimeHost,
  ServerRun,
  StreamRun,
  TimeAverages,
} from "../../src/haproxy/run/index.js";
import { backendCounters, frontendCounters, listenerCounters } from "../../src/haproxy/run/index.js";
import { Counters, type Endpoint, Rate, SharedCount, SharedMemory } from "../../src/proxy/index.js";

const place = { file: "test.cfg", line: 1, column: 1 };
const maxima = <Name extends string>(names: readonly Name[]) => names.filter((name) => name.endsWith("Max"));

/** What a test says of a server; all else is as for `server NAME 127.0.0.1:9001`. */
export interface ServerWords {
  readonly name: string;
  readonly section?: Partial<Server>;
  readonly run?: Partial<ServerRun>;
  readonly check?: Partial<CheckRun>;
}

export interface ProxyWords {
  readonly name: string;
  readonly front?: boolean;
  readonly back?: boolean;
  readonly section?: Partial<ProxySection>;
  readonly servers?: readonly ServerWords[];
}

/** A stand-in for a process: proxies without connections, whose figures a test sets. */
export function standInHost(
  proxies: readonly ProxyWords[],
  options: {
    readonly host?: Partial<RuntimeHost>;
    readonly process?: Partial<ProcessRun>;
    readonly global?: Partial<Global>;
  } = {},
): RuntimeHost {
  const memory = new SharedMemory();
  const runs: ProxyRun[] = [];
  const global = {
    node: "vm",
    description: undefined,
    maxSslConn: undefined,
    statsSockets: [],
    statsTimeoutMs: 10_000,
    tune: { bufsize: 16384 },
    ...options.global,
  } as unknown as Global;
  const process: ProcessRun = {
    config: {
      files: ["test.cfg"],
      global,
      proxies: [],
      userlists: [],
      rings: [],
    } as unknown as HaproxyConfig,
    memory,
    pid: 9991,
    startDate: Date.now() - 5000,
    proxies: runs,
    frontend: (name) => runs.find((run) => run.front !== undefined && run.name === name),
    backend: (name) => runs.find((run) => run.back !== undefined && run.name === name),
    tables: new Map(),
    variables: standInVariables(),
    patterns: { all: [], find: () => undefined, onChange: () => {}, apply: () => {} },
    streams: new Set<StreamRun>(),
    compile: {} as ProcessRun["compile"],
    log: { send: () => {}, dropped: 0 },
    now: () => Date.now(),
    after: (ms, work) => {
      const timer = setTimeout(work, ms).unref();
      return () => clearTimeout(timer);
    },
    ...options.process,
  };
  for (const words of proxies) runs.push(standInProxy(words, runs.length + 2, memory));
  return {
    process,
    version: "2.6.12-1+deb12u4",
    releaseDate: "2026/10/17",
    threads: 2,
    limits: {
      maxconn: 2000,
      hardMaxconn: 2000,
      connectionRate: 0,
      sessionRate: 0,
      tlsRate: 0,
      compressionRate: 0,
    },
    fileLimit: 4031,
    maxSockets: 4031,
    startupLogs: () => "",
    stopping: () => false,
    setFrontend: (proxy, state) => {
      proxy.state = state;
      return undefined;
    },
    ...options.host,
  };
}

export function standInVariables(): ProcessRun["variables"] {
  const values = new Map<string, import("../../src/haproxy/run/index.js").Sample>();
  return {
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    unset: (name) => void values.delete(name),
    [Symbol.iterator]: () => values.entries(),
  };
}

function standInProxy(words: ProxyWords, id: number, memory: SharedMemory): ProxyRun {
  const { name } = words;
  const section = {
    name,
    kind: "listen",
    id,
    forcedId: false,
    mode: "http",
    disabled: false,
    description: undefined,
    place,
    balance: { algorithm: "roundrobin" },
    hashType: { method: "map-based", function: "sdbm", avalanche: false },
    cookie: undefined,
    allBackups: false,
    options: { socketStats: false },
    binds: [],
    servers: [],
    stats: undefined,
    acls: new Map(),
    ...words.section,
  } as unknown as ProxySection;
  const proxy = { section, name, id, table: undefined, state: "running" } as unknown as {
    -readonly [Key in keyof ProxyRun]: ProxyRun[Key];
  };
  proxy.lastChange = Date.now() - 5000;
  if (words.front !== false)
    proxy.front = {
      counters: new Counters(frontendCounters, maxima(frontendCounters), memory, `front ${name}`),
      sessions: new SharedCount(memory, `front ${name}`),
      maxconn: 2000,
      connectionRate: new Rate(memory, `front connections ${name}`),
      sessionRate: new Rate(memory, `front sessions ${name}`),
      requestRate: new Rate(memory, `front requests ${name}`),
      rateLimit: 0,
      listeners: [standInListener(name, memory)],
    };
  if (words.back !== false) {
    const servers = (words.servers ?? []).map((each, at) => standInServer(each, proxy, at + 1, memory));
    proxy.back = {
      counters: new Counters(backendCounters, maxima(backendCounters), memory, `back ${name}`),
      sessions: new SharedCount(memory, `back ${name}`),
      rate: new Rate(memory, `back ${name}`),
      queued: 0,
      fullconn: 200,
      servers,
      lastSession: 0,
      times: standInTimes(),
      get weight() {
        return servers.filter((each) => each.usable).reduce((sum, each) => sum + each.effectiveWeight, 0);
      },
      get active() {
        return servers.filter((each) => each.usable && !each.section.backup).length;
      },
      get backups() {
        return servers.filter((each) => each.usable && each.section.backup).length;
      },
      get usable() {
        return servers.some((each) => each.usable);
      },
      downtimeMs: 0,
      seek: () => ({ cancel: () => {} }),
    };
  }
  return proxy;
}

const standInTimes = (): TimeAverages => ({ queue: 0, connect: 0, response: 0, total: 0, record: () => {} });

function standInListener(name: string, memory: SharedMemory): ListenerRun {
  return {
    bind: { maxconn: undefined, level: undefined } as unknown as Bind,
    id: 1,
    name: "sock-1",
    counters: new Counters(listenerCounters, maxima(listenerCounters), memory, `listener ${name}`),
    sessions: new SharedCount(memory, `listener ${name}`),
    addresses: [{ host: "127.0.0.1", port: 8080, family: 4 }],
    state: "open",
  };
}

function standInServer(words: ServerWords, proxy: ProxyRun, id: number, memory: SharedMemory): ServerRun {
  const name = `${proxy.name}/${words.name}`;
  const address: Endpoint = { host: "127.0.0.1", port: 9000 + id, family: 4 };
  const section = {
    name: words.name,
    id,
    forcedId: false,
    address: {
      kind: "inet",
      host: address.host,
      family: 4,
      ports: { from: address.port, to: address.port },
      type: "stream",
    },
    weight: 1,
    backup: false,
    maxqueue: 0,
    poolPurgeDelayMs: 5000,
    poolMaxConn: -1,
    observe: "none",
    track: undefined,
    ssl: undefined,
    resolvers: undefined,
    checkAddress: undefined,
    checkPort: undefined,
    agentAddress: undefined,
    agentPort: undefined,
    ...words.section,
  } as unknown as Server;
  const server = {
    section,
    name: words.name,
    id,
    proxy,
    counters: new Counters(backendCounters, maxima(backendCounters), memory, `server ${name}`),
    sessions: new SharedCount(memory, `server ${name}`),
    queued: 0,
    rate: new Rate(memory, `server ${name}`),
    times: standInTimes(),
    lastSession: 0,
    idle: 0,
    used: 0,
    address,
    fqdn: undefined,
    weight: section.weight,
    initialWeight: section.weight,
    effectiveWeight: section.weight,
    maxconn: 0,
    cookie: undefined,
    operational: 2,
    administrative: 0,
    lastChange: Date.now() - 5000,
    downtimeMs: 0,
    usable: true,
    check: undefined,
    agent: undefined,
    consecutiveErrors: 0,
    statusText: "no check",
    ...standInActions(),
    ...words.run,
  } as { -readonly [Key in keyof ServerRun]: ServerRun[Key] };
  if (words.check !== undefined) server.check = standInCheck(server, words.check);
  return server;
}

/** A check that passed, as `check inter 2s rise 2 fall 3` gives it. */
export function standInCheck(server: ServerRun, check: Partial<CheckRun>): CheckRun {
  return {
    server,
    state: 6,
    result: 3,
    status: "L4OK",
    health: 4,
    rise: 2,
    fall: 3,
    code: -1,
    durationMs: 0,
    description: "",
    lastChangeMs: 0,
    port: server.address?.port ?? 0,
    address: undefined,
    variables: standInVariables(),
    received: Buffer.alloc(0),
    response: undefined,
    ...check,
  };
}

interface Changed extends ServerRun {
  weight: number;
  administrative: number;
  operational: ServerRun["operational"];
}

/** State and weight are set as they would be; the rest is taken and forgotten. */
function standInActions() {
  const nothing = () => undefined;
  return {
    setState(this: Changed, state: "ready" | "drain" | "maint") {
      this.administrative = { ready: 0, drain: 8, maint: 1 }[state];
      return undefined;
    },
    setWeight(this: Changed, word: string) {
      if (!/^\d+%?$/.test(word)) return "Empty weight string empty or preceded by garbage";
      this.weight = word.endsWith("%")
        ? (this.initialWeight * Number(word.slice(0, -1))) / 100
        : Number(word);
      return undefined;
    },
    setMaxconn: nothing,
    setAddress: (host: string, port: string | undefined, by: string) =>
      `IP changed from '127.0.0.1' to '${host}'${port === undefined ? "" : `, port changed to '${port}'`} by '${by}'\n`,
    setFqdn: nothing,
    setCheckAddress: nothing,
    setHealth(this: Changed, _which: string, state: "up" | "stopping" | "down") {
      this.operational = ({ up: 2, stopping: 3, down: 0 } as const)[state];
      return undefined;
    },
    enable: nothing,
    setAgentSend: nothing,
    setAgentAddress: nothing,
    observe: () => {},
  };
}
