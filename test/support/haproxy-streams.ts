import type { LogFormat, LogNode, ProxySection, Server } from "../../src/config/haproxy/model/index.js";
import { PatternStore } from "../../src/haproxy/patterns/index.js";
import type {
  ProcessRun,
  ProxyRun,
  SeekRequest,
  ServerRun,
  StickTableRun,
} from "../../src/haproxy/run/index.js";
import { createCompiler } from "../../src/haproxy/samples/index.js";
import { Streams } from "../../src/haproxy/stream/index.js";
import { openHttp, serveHttp, type Wire } from "../../src/proxy/index.js";
import { type MemoryWire, memoryWires } from "../../src/proxy/testing/index.js";
import { standInHost } from "./haproxy-process.js";

const place = { file: "test.cfg", line: 1, column: 1 };

/** A log-format string of variables only: "%ST %ts". */
export function format(text: string): LogFormat {
  const nodes: LogNode[] = [];
  const flags = { quote: false, hex: false, escape: false };
  for (const [at, word] of text.split(" ").entries()) {
    if (at > 0) nodes.push({ kind: "separator" });
    nodes.push(
      word.startsWith("%") ? { kind: "variable", name: word.slice(1), flags } : { kind: "text", text: word },
    );
  }
  return { text, nodes, place };
}

const options = {
  abortOnClose: false,
  forceCloseMode: "keep-alive",
  checkCache: false,
  persist: false,
  dontLogNull: false,
} as unknown as ProxySection["options"];

const plain = {
  mode: "http",
  place,
  options,
  timeouts: {},
  retries: 3,
  retryOn: [],
  redispatch: undefined,
  logs: [{}],
  logTag: undefined,
  binds: [],
  acls: new Map(),
  errors: new Map(),
  errorLocations: new Map(),
  httpReuse: "safe",
  rateLimitSessions: 0,
  source: undefined,
  cookie: undefined,
  cookieCapture: undefined,
  ...Object.fromEntries(
    [
      "tcpRequestConnection",
      "tcpRequestSession",
      "tcpRequestContent",
      "tcpResponseContent",
      "httpRequest",
      "httpResponse",
      "httpAfterResponse",
      "useBackends",
      "useServers",
      "persistRules",
      "stickRules",
      "requestCaptures",
      "responseCaptures",
      "monitorFail",
      "filters",
    ].map((name) => [name, []]),
  ),
};

export interface StreamsWords {
  readonly section?: Partial<Omit<ProxySection, "options" | "timeouts">>;
  readonly options?: Partial<ProxySection["options"]>;
  readonly timeouts?: ProxySection["timeouts"] | Record<string, number>;
  readonly log?: string;
  readonly servers?: readonly {
    readonly name: string;
    readonly section?: Partial<Server>;
    readonly run?: Partial<ServerRun>;
  }[];
  readonly process?: Partial<ProcessRun>;
  readonly table?: StickTableRun;
}

/** One `listen` section whose clients and servers are wires in memory. */
export class StandInStreams {
  readonly streams: Streams;
  readonly proxy: ProxyRun;
  readonly lines: string[] = [];
  /** Called for each connection to a server: a wire's other end, or undefined to refuse it. */
  onConnect: (peer: MemoryWire, server: number) => boolean = () => true;
  readonly closed: Promise<void>[] = [];

  constructor(words: StreamsWords = {}) {
    const patterns = new PatternStore([]);
    const host = standInHost(
      [
        {
          name: "web",
          section: {
            ...(plain as unknown as Partial<ProxySection>),
            logFormat: format(words.log ?? "%ST %ts %s"),
            ...words.section,
            options: { ...options, ...words.options },
            timeouts: { ...words.timeouts } as ProxySection["timeouts"],
          },
          servers: words.servers ?? [{ name: "s1" }],
        },
      ],
      {
        global: {
          logTag: "haproxy",
          tune: { bufsize: 16384, maxrewrite: 1024, httpMaxhdr: 101, httpLogurilen: 1024 },
        } as never,
        process: {
          now: () => performance.now(),
          log: { send: (_targets, _level, _tag, text) => void this.lines.push(text), dropped: 0 },
          ...(words.table === undefined ? {} : { tables: new Map([["web", words.table]]) }),
          ...words.process,
        },
      },
    );
    const { process } = host as { process: { -readonly [key in keyof ProcessRun]: ProcessRun[key] } };
    process.compile = createCompiler(() => process, patterns);
    (process.config as { httpErrors: unknown }).httpErrors = [];
    this.proxy = process.proxies[0] as ProxyRun;
    let turn = 0;
    const { back } = this.proxy;
    if (back !== undefined)
      (back as { seek: unknown }).seek = (request: SeekRequest) => {
        const usable = back.servers.filter((each) => each.usable && each !== request.avoid);
        const server = request.wanted ?? usable[turn++ % usable.length];
        if (server === undefined) request.done({ kind: "none" });
        else request.done({ kind: "server", slot: { server, release: () => {} } });
        return { cancel: () => {} };
      };
    this.streams = new Streams(process, {
      connect: (to, handler) => {
        const [ours, peer] = memoryWires({
          destination: { host: to.host ?? "", port: to.port ?? 0, family: 4 },
        });
        let given = false;
        queueMicrotask(() => {
          if (given) return;
          given = true;
          if (this.onConnect(peer, to.port ?? 0)) handler.onConnected(ours);
          else
            handler.onFailed({ step: "connect", code: "ECONNREFUSED", message: "refused", timedOut: false });
        });
        return {
          cancel: () => {
            given = true;
          },
        };
      },
      serve: serveHttp,
      speak: openHttp,
      tlsClient: () => undefined,
    });
    (process as { streams: unknown }).streams = this.streams.running;
  }

  /** A client's end of a new connection. */
  connect(): MemoryWire {
    const source = { host: "10.0.0.9", port: 4000, family: 4 as const };
    const destination = { host: "10.0.0.1", port: 80, family: 4 as const };
    const [ours, client] = memoryWires({
      source,
      destination,
      realSource: source,
      realDestination: destination,
    });
    const listener = this.proxy.front!.listeners[0]!;
    this.streams.handler(this.proxy).onWire(listener, ours as Wire, this.streams.now(), () => {});
    return client;
  }

  /** Sends text and gives all that comes back until the connection is closed, or (with `until`) until that text has come. */
  exchange(text: string, until?: RegExp, client = this.connect()): Promise<string> {
    return new Promise((resolve) => {
      let got = "";
      client.handler = {
        onData(bytes) {
          got += bytes.toString("latin1");
          if (until?.test(got)) resolve(got);
        },
        onEnd() {
          client.end();
          resolve(got);
        },
        onDrain() {},
        onClose() {
          resolve(got);
        },
      };
      client.resume();
      client.write(text);
    });
  }
}

/** A server that answers each whole head it is sent by `answer`; undefined: closes. */
export function answering(
  peer: MemoryWire,
  answer: (head: string, number: number) => string | undefined,
): true {
  let got = "";
  let number = 0;
  peer.handler = {
    onData(bytes) {
      got += bytes.toString("latin1");
      for (let end = got.indexOf("\r\n\r\n"); end >= 0; end = got.indexOf("\r\n\r\n")) {
        const head = got.slice(0, end);
        got = got.slice(end + 4);
        const text = answer(head, ++number);
        if (text === undefined) peer.destroy();
        else peer.write(text);
      }
    },
    onEnd() {
      peer.end();
    },
    onDrain() {},
    onClose() {},
  };
  peer.resume();
  return true;
}
