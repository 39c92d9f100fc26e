import type { Block } from "../../config/nginx/block.js";
import type { ServerName } from "../../config/nginx/model/index.js";
import type { ErrorLog as ErrorLogTarget } from "../../config/nginx/readers/error-log.js";
import type { Compiled } from "../script/compile.js";
import type { RewriteResult } from "../script/index.js";
import type { VerifyClient } from "../tls/client-certificate.js";
import type { certificateTexts } from "./compile/certificates.js";
import type { CharsetSettings } from "./filters/charset.js";
import type { Filter } from "./filters/filter.js";
import type { GzipRules, GzipSettings } from "./filters/gzip.js";
import type { LocationTree } from "./match/location-tree.js";
import type { ServerNames } from "./match/server-names.js";
import type { HttpRequest } from "./request.js";
import type { Referers } from "./variables/referers.js";
import type { SecureLink } from "./variables/secure-link.js";

/** A text that is made for each request. */
export type Text = Compiled<HttpRequest>;

/** What a step of a request's way says: "next" goes on; a number is a status to answer; "done": it is answered, or will be. */
export type Verdict = "next" | "done" | number;
export type Step = (request: HttpRequest) => Verdict | Promise<Verdict>;

/** A server block, ready to serve. */
export interface HttpServer {
  /** The first name, for $server_name. */
  readonly name: string;
  readonly names: readonly ServerName[];
  /** What holds where no location was found yet. */
  readonly base: Location;
  readonly locations: LocationTree<Location, HttpRequest>;
  readonly named: ReadonlyMap<string, Location>;
  /** What holds within an `if` of a location. */
  readonly ifLocations: ReadonlyMap<Block, Location>;
  /** What its rewrite directives do, before a location is looked for. */
  readonly rewrite: Rewrite | undefined;
  /** What is done once for a request of a client, before all else (NGX_HTTP_POST_READ_PHASE). */
  readonly postRead: ((request: HttpRequest) => void) | undefined;
  /** Whether clients must have a certificate, and which. */
  readonly verifyClient: VerifyClient;
  /** How many authorities may stand between a client's certificate and a trusted one. */
  readonly verifyDepth: number;
  /** Certificates' and keys' files where they have variables. */
  readonly certificateTexts: ReturnType<typeof certificateTexts>;
  readonly mergeSlashes: boolean;
  /** Bytes of a line of the head at most (large_client_header_buffers). */
  readonly headerSize: number;
  readonly underscoresInHeaders: boolean;
  readonly ignoreInvalidHeaders: boolean;
}

/** What the rewrite directives of a server or location do with a request. */
export type Rewrite = (request: HttpRequest) => RewriteResult;

export interface AddedField {
  readonly name: string;
  readonly value: Text;
  readonly always: boolean;
}

export interface ErrorTarget {
  readonly target: Text;
  /** undefined: the status stays; 0: what the target answers; otherwise this. */
  readonly answer: number | undefined;
}

/** A location, ready to serve: all that directives say, each looked up once. */
export interface Location {
  readonly name: string;
  readonly isNamed: boolean;
  readonly isRegex: boolean;
  readonly internal: boolean;
  readonly rewrite: Rewrite | undefined;
  /** What `if` blocks of it lead to is a location of its own, with the same name. */
  readonly steps: readonly Step[];
  readonly content: Step;
  /** It passes requests on (proxy_pass). */
  readonly passes: boolean;
  readonly root: Text;
  readonly rootIsAlias: boolean;
  readonly types: ReadonlyMap<string, string>;
  readonly defaultType: string;
  readonly errorPages: ReadonlyMap<number, ErrorTarget>;
  readonly recursiveErrorPages: boolean;
  readonly fields: readonly AddedField[];
  readonly trailers: readonly AddedField[];
  readonly expires: Expires | undefined;
  readonly etag: boolean;
  readonly ifModifiedSince: "off" | "exact" | "before";
  readonly maxRanges: number;
  readonly software: string;
  readonly msiePadding: boolean;
  readonly absoluteRedirect: boolean;
  readonly serverNameInRedirect: boolean;
  readonly portInRedirect: boolean;
  readonly logNotFound: boolean;
  readonly maxBodySize: number;
  readonly bodyBufferSize: number;
  readonly bodyTimeoutMs: number;
  /** The folder of bodies that are more than the buffer takes. */
  readonly bodyFolder: string;
  /** Between two times that a client takes something of an answer; 0: any. */
  readonly sendTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly keepAliveRequests: number;
  readonly keepAliveTimeMs: number;
  readonly keepAliveField: number | undefined;
  readonly chunked: boolean;
  readonly gzip: GzipSettings | undefined;
  /** Also where nothing is compressed. */
  readonly gzipRules: GzipRules;
  /** What changes answers before they are compressed, in the order in which bodies pass. */
  readonly filters: readonly Filter[];
  readonly charset: CharsetSettings | undefined;
  /** Bytes a second; 0: any. */
  readonly limitRate: ((request: HttpRequest) => number) | undefined;
  readonly limitRateAfter: ((request: HttpRequest) => number) | undefined;
  readonly logs: readonly ((request: HttpRequest) => void)[];
  /** log_subrequest. */
  readonly logsSubrequests: boolean;
  readonly secureLink: SecureLink | undefined;
  readonly referers: Referers | undefined;
  /** Where its errors go; undefined: where all others go. */
  readonly errorLogs: readonly ErrorLogTarget[] | undefined;
  /** limit_except: what holds for other methods than these. */
  readonly except: { readonly methods: ReadonlySet<string>; readonly location: Location } | undefined;
}

export type Expires = (request: HttpRequest) => { readonly kind: "off" } | ExpiresValue;
export type ExpiresValue =
  | { readonly kind: "epoch" }
  | { readonly kind: "max" }
  | { readonly kind: "seconds"; readonly seconds: number; readonly from: "now" | "modified" }
  | { readonly kind: "daily"; readonly seconds: number };

/** The servers of a listening address. */
export type Names = ServerNames<HttpServer, HttpRequest>;
