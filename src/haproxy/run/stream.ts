import type { Exchange, Headers, RequestHead, ResponseHead, WireInfo } from "../../proxy/index.js";
import type { ProxyRun } from "./proxy.js";
import type { ServerRun } from "./server.js";
import type { SessionRun } from "./session.js";
import type { TrackedEntry } from "./table.js";
import type { Variables } from "./variables.js";

/** One request with its answer, or one TCP connection, on its way through (HAProxy's struct stream). */
export interface StreamRun {
  /** Counts up over the process: %rt, and `show sess`'s name of it. */
  readonly id: number;
  readonly session: SessionRun;
  readonly frontend: ProxyRun;
  /** The front end itself until one was chosen. */
  backend: ProxyRun;
  server: ServerRun | undefined;
  /** The service that answers instead of a server: "<STATS>", "<CACHE>", "<lua…>"; undefined: "<NOSRV>" where there is no server. */
  service: string | undefined;
  /** The connection to the server, once there is one, or how far the last one had come that wasn't made. */
  serverInfo: WireInfo | undefined;
  /** bc_err: 0 of a connection that is there, else why it wasn't made; undefined: there is none, or HAProxy has no number for it. */
  serverError: number | undefined;
  /** Whether that was an idle one. */
  reused: boolean;
  source: SessionRun["source"];
  destination: SessionRun["destination"];

  readonly http: HttpRun | undefined;
  /** In mode tcp: what has come and isn't forwarded yet, for inspection. */
  readonly requestBytes: Buffer;
  readonly responseBytes: Buffer;

  readonly times: StreamTimes;
  /** Bytes from the client, and from the server to the client (what %U and %B show). */
  bytesIn: number;
  bytesOut: number;

  readonly variables: { readonly txn: Variables; readonly req: Variables; readonly res: Variables };
  readonly tracked: (TrackedEntry | undefined)[];
  /** Values by slot. */
  readonly requestCaptures: (string | undefined)[];
  readonly responseCaptures: (string | undefined)[];

  /** The termination state's letters: who ended it first ("C", "S", "P", "R", "L", "I", "D", "U", "K", "c", "s", "-"), and in which phase ("R", "Q", "C", "H", "D", "T", "L", "-"). */
  endedBy: string;
  endedIn: string;
  /** Connection retries, and whether another server was taken at the end ("+"). */
  retries: number;
  redispatched: boolean;
  /** How many were before it in the queues: of the server and of the back end. */
  serverQueue: number;
  backendQueue: number;
  /** What "%ac/%fc/%bc/%sc" show, taken when the line is made. */
  readonly priorityClass: number;
  readonly priorityOffset: number;
  logLevel: number | undefined; // set-log-level; -1 is silent
  uniqueId: string | undefined;
  /** What applies now (set-timeout may have changed them); undefined: none. */
  readonly serverTimeoutMs: number | undefined;
  readonly tunnelTimeoutMs: number | undefined;
  /** The last rule that decided: txn.last_rule_file and line are made from it. */
  lastRule: { readonly file: string; readonly line: number } | undefined;
  /** `shutdown session`. */
  shutdown(why: "killed" | "down" | "up"): void;
  /** What `show sess` tells of both sides. */
  readonly state: "request" | "queue" | "connect" | "response" | "data" | "tunnel" | "closing";
  readonly lastActivity: number;
}

/** Times on the monotonic clock, milliseconds; -1 where it has not come so far. */
export interface StreamTimes {
  /** When the request's wait began (%Ti counts until `firstByte`). */
  readonly idleFrom: number;
  readonly firstByte: number;
  /** The request's head is whole (%TR, of http), or the stream began (of tcp). */
  request: number;
  /** The end of the queue (%Tw), of the connection's making (%Tc), the response's head whole (%Tr), the end (%Td, %Tt). */
  queued: number;
  connected: number;
  response: number;
  end: number;
  /** Wall clock when the request's first byte came: %tr; and at its accept: %t. */
  readonly requestDate: number;
}

/** The HTTP side of a stream (struct http_txn). */
export interface HttpRun {
  readonly exchange: Exchange | undefined;
  request: RequestHead;
  /** As it came: "GET / HTTP/1.1", for logs; "<BADREQ>" where it couldn't be read. */
  readonly requestLine: string;
  /** Its head hasn't passed content inspection: it counts as unread, and nothing of it is captured. */
  readonly unread?: boolean;
  response: ResponseHead | undefined;
  /** What was answered; -1 until then (log: -1). */
  status: number;
  /** What came of a body and is held, when rules wait for it. */
  body: Buffer;
  bodyComplete: boolean;
  readonly responseBody: Buffer;
  /** Letters of %tsc: what the client's cookie was, and what was done with the server's. */
  cookieState: string;
  setCookieState: string;
  capturedRequestCookie: string | undefined;
  capturedResponseCookie: string | undefined;
  /** The user that http auth found. */
  user: string | undefined;
  /** Whether the cache answered, or will store. */
  cacheHit: boolean;
  /** The name of the cache that answered; the algorithm ("gzip", "deflate", "identity" …) by which the answer is compressed. Set by them. */
  cacheName?: string;
  compression?: string;
  trailers: Headers | undefined;
}
