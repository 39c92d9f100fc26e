import { Headers } from "../../../proxy/index.js";
import type { ProcessRun, SampleContext, StreamRun } from "../../run/index.js";
import { ScopeVariables } from "../../variables/index.js";

/** For tests: what samples look at, made of a request as it is sent. */
export function requestContext(raw: string, more: object = {}): SampleContext {
  const [head, ...body] = raw.split("\r\n\r\n");
  const [line, ...fields] = (head as string).split("\r\n");
  const [method, target, version] = (line as string).split(" ") as [string, string, string];
  const headers = new Headers();
  for (const field of fields) {
    const colon = field.indexOf(":");
    headers.add(field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim());
  }
  const frontend = {
    name: "fe",
    id: 3,
    section: { name: "fe", mode: "http", options: {}, requestCaptures: [], responseCaptures: [] },
  };
  const client = { host: "127.0.0.1", port: 40000, family: 4 };
  const listener = { id: 1, name: "sock", bind: { name: "sock" }, sessions: { value: 1 } };
  const info = { source: client, destination: { ...client, port: 24100 } };
  const session = {
    frontend,
    listener,
    info,
    source: client,
    destination: info.destination,
    variables: new ScopeVariables(),
    tracked: [],
    acceptDate: 0,
    acceptTime: 0,
    handshakeMs: 0,
  };
  const stream = {
    id: 1,
    session,
    frontend,
    backend: frontend,
    source: client,
    destination: info.destination,
    http: {
      request: {
        method,
        target,
        version: version.slice(5),
        headers,
        scheme: undefined,
        authority: undefined,
      },
      requestLine: line,
      exchange: { number: 1 },
      body: Buffer.from(body.join("\r\n\r\n"), "latin1"),
      bodyComplete: true,
      status: 200,
    },
    requestBytes: Buffer.alloc(0),
    responseBytes: Buffer.alloc(0),
    variables: { txn: new ScopeVariables(), req: new ScopeVariables(), res: new ScopeVariables() },
    tracked: [],
    requestCaptures: [],
    responseCaptures: [],
    ...more,
  };
  return { session, stream, direction: "request", final: true, check: undefined } as unknown as SampleContext;
}

/** For tests: a process that has what is given, and nothing else. */
export const processOf = (parts: object): ProcessRun =>
  ({
    now: () => performance.now(),
    pid: 4711,
    proxies: [],
    tables: new Map(),
    config: { userlists: [], global: { tune: { bufsize: 16384 } } },
    frontend: () => undefined,
    backend: () => undefined,
    variables: new ScopeVariables(),
    ...parts,
  }) as unknown as ProcessRun;

export const streamOf = (context: SampleContext): StreamRun => context.stream as StreamRun;
