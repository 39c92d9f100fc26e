import type { Block } from "../../config/nginx/block.js";
import type { Exchange, Headers, ResponseHead } from "../../proxy/index.js";
import { mostUriChanges, type Rewritable } from "../script/index.js";
import type { Captured } from "../variables/subject.js";
import { Answer } from "./answer/answer.js";
import type { HttpConnection } from "./connection.js";
import type { ProxyTarget } from "./content/proxy/settings.js";
import type { RequestBody } from "./request-body.js";
import type { HttpServer, Location } from "./runtime.js";
import type { UpstreamState } from "./upstream-state.js";

/** A request that is being served, from its head to its log line. */
export class HttpRequest implements Rewritable {
  known: (string | null | undefined)[] = [];
  captured: Captured | undefined;
  readonly exchange: Exchange;
  readonly connection: HttpConnection;
  /** The request that the client sent: itself, or the one that it is within. */
  main: HttpRequest = this;
  /** Within how many others it is. */
  depth = 0;
  server: HttpServer;
  location: Location;
  method: string;
  /** As locations see it: decoded, begins with "/". */
  uri: string;
  /** Behind the "?"; "" where there is nothing. */
  args: string;
  /** The target as it came, whatever became of it. */
  readonly unparsedUri: string;
  /** Lower case, without port; "" where the client named none. */
  host: string;
  /** Whether it came from within: a redirect by error_page, try_files, rewrite; `internal` locations take only those. */
  isInternal = false;
  /** The path is the client's own: proxy_pass without a URI sends the target as it came. */
  isUriOriginal = true;
  /** The path begins with the location's name; not after a rewrite that stays in it. */
  isLocationValid = true;
  quotedUri = false;
  uriChangesLeft = mostUriChanges;
  /** An error's page is being made: its own errors have none, unless recursive_error_pages. */
  inErrorPage = false;
  /** The status that an error's page is sent with instead of its own. */
  overriddenStatus: number | undefined;
  readonly answer = new Answer();
  /** Bytes of the body that were given to the client. */
  bodyBytesSent = 0;
  body: RequestBody | undefined;
  /** Somebody wanted the body. */
  readsBody = false;
  readonly upstreams: UpstreamState[] = [];
  /** Where proxy_pass leads. */
  proxyTarget: ProxyTarget | undefined;
  /** performance.now() at its first byte. */
  readonly beganAt: number;
  isFinished = false;
  /** The answer was given wholly to the client. */
  isComplete = false;
  /** Whether the connection is kept after it; known when the head is sent. */
  keepsConnection = false;
  /** What a server answered last, before anything was changed. */
  upstreamHead: ResponseHead | undefined;
  upstreamTrailers: Headers | undefined;
  /** The connection ends after it. */
  closes = false;
  /** What access_log and error_log say of a user (auth_basic). */
  user: string | undefined;
  /** Set by $limit_rate or X-Accel-Limit-Rate. */
  limitRate: number | undefined;
  limitReqStatus: string | undefined;
  limitConnStatus: string | undefined;
  secureLinkExpires: string | undefined;
  /** What add_trailer said behind the answer. */
  sentTrailers: Headers | undefined;
  /** X-Accel-Charset. */
  accelCharset: string | undefined;
  /** Called once when it is over, before its log line. */
  readonly onEnd: (() => void)[] = [];
  /** The client went away: what is asked of others for it is given up. */
  onGone: ((how: "closed" | "half-closed") => void) | undefined;
  /** The address that real_ip found, and what was before. */
  realAddress: { readonly address: string; readonly port: number } | undefined;

  constructor(exchange: Exchange, connection: HttpConnection, server: HttpServer, target: string) {
    this.exchange = exchange;
    this.connection = connection;
    this.server = server;
    this.location = server.base;
    this.method = exchange.request.method;
    this.unparsedUri = target;
    this.uri = "";
    this.args = "";
    this.host = "";
    this.beganAt = exchange.times.firstByte;
  }

  /** A field of the request, by its name in lower case; several of one name are joined as nginx joins those that may be. */
  field(name: string): string | undefined {
    const { headers } = this.exchange.request;
    const at = headers.names.indexOf(name);
    return at < 0 ? undefined : headers.values[at];
  }

  /** It is asked within another one: variables have one value for both. */
  beWithin(around: HttpRequest): void {
    this.main = around.main;
    this.depth = around.depth + 1;
    this.known = around.known;
    this.host = around.host;
    this.user = around.user;
    this.realAddress = around.realAddress;
  }

  becomeInternal(): void {
    this.isInternal = true;
    this.isUriOriginal = false;
  }

  enter(block: Block): void {
    const location = this.server.ifLocations.get(block);
    if (location === undefined) return;
    // The handler of an `if` that was entered before stays, but what it needs doesn't.
    const isLost = this.location.passes && !location.passes;
    this.location = isLost ? { ...location, content: () => 500 } : location;
  }

  get clientAddress(): string {
    return this.realAddress?.address ?? this.connection.clientAddress;
  }

  get clientPort(): number {
    return this.realAddress?.port ?? this.connection.clientPort;
  }
}
