import type { Finding } from "../../../config/finding.js";
import type { Block } from "../../../config/nginx/block.js";
import type { Template } from "../../../config/nginx/model/index.js";
import type { SharedMemory } from "../../../proxy/index.js";
import type { LogFile, LogFileOptions } from "../../log/log-file.js";
import { type Compiled, compile, constant } from "../../script/compile.js";
import type { Lookup, Upstream } from "../../upstream/index.js";
import type { Registry } from "../../variables/registry.js";
import type { ZoneStore } from "../../zones/zone-store.js";
import type { ApiData, StreamStatus } from "../api/index.js";
import type { ErrorLog } from "../connection.js";
import type { WorkerCounts } from "../counts.js";
import type { HttpRequest } from "../request.js";
import type { Location, Text } from "../runtime.js";
import type { Sticky } from "../sticky/sticky.js";
import type { Zones } from "./limits.js";

/** What a role is given by who runs it. */
export interface Surroundings {
  readonly memory: SharedMemory;
  /** By default zones are this process's own. */
  readonly zoneStore?: ZoneStore;
  /** Where relative paths start, with "/" at its end; and of certificates and files of passwords. */
  readonly prefix: string;
  readonly confPrefix: string;
  /** Opens a log, or gives the one that is open under this path. */
  readonly logFile: (path: string, options?: LogFileOptions) => LogFile;
  readonly errorLog: ErrorLog;
  /** "nginx/1.22.1", and its number alone. */
  readonly software: string;
  readonly version: string;
  /** Upstreams of the stream block, for the API. */
  readonly streamUpstreams?: () => readonly Upstream[];
  /** What stream counts beside them. */
  readonly streamStatus?: () => StreamStatus | undefined;
  /** Bodies that memory doesn't take. */
  readonly temporaryFolder: string;
  /** Makes a folder for such bodies, where there is none, which is the workers'. @throws Mistake */
  readonly makeFolder: (path: string) => void;
}

/** What is common to all that is made of an http block. */
export interface Build extends Surroundings {
  readonly http: Block;
  readonly registry: Registry<HttpRequest>;
  /** Upstream blocks by their names in lower case, and addresses of proxy_pass as they stand. */
  readonly upstreams: Map<string, Upstream>;
  readonly findings: Finding[];
  readonly zones: Zones;
  /** How names are resolved; undefined: by the system. */
  readonly lookup: Lookup | undefined;
  /** What holds within an `if` of a location. */
  readonly ifLocations: Map<Block, Location>;
  /** What the API and the status page tell of. */
  readonly status: ApiData;
  /** For stub_status. */
  readonly counts: WorkerCounts;
  /** The keys of those that choose by `hash`. */
  readonly hashKeys: Map<Upstream, Text>;
  /** How clients come back to their servers. */
  readonly stickies: Map<Upstream, Sticky>;
  /** The upstream of an address that no block is for; a new one has names to resolve first. */
  readonly bare: (
    authority: string,
    port: number,
    lookup: Lookup | undefined,
  ) => { readonly upstream: Upstream; readonly isNew: boolean };
}

/** A text with variables, ready. @throws Mistake */
export const textOf = (build: Build, template: Template): Text => compile(template, build.registry);

export const optionalText = (build: Build, template: Template | undefined): Text | undefined =>
  template === undefined ? undefined : textOf(build, template);

export const fixed = (text: string): Compiled<HttpRequest> => constant(text);
