import type { Bind } from "./bind.js";
import type { Expression, LogFormat } from "./expression.js";
import type { LogTarget } from "./log.js";

/** The global section: what the whole process does. Times are milliseconds. */
export interface Global {
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly chroot: string | undefined;
  readonly daemon: boolean;
  readonly masterWorker: boolean;
  readonly masterWorkerOptions: readonly string[];
  readonly pidfile: string | undefined;
  readonly nbthread: number | undefined;
  readonly node: string | undefined;
  readonly description: string | undefined;
  readonly localPeer: string | undefined;

  readonly maxconn: number | undefined;
  readonly maxConnRate: number;
  readonly maxSessRate: number;
  readonly maxSslConn: number | undefined;
  readonly maxSslRate: number;
  readonly maxZlibMem: number;
  readonly maxCompRate: number;
  readonly maxCompCpuUsage: number;
  readonly ulimitN: number | undefined;
  readonly spreadChecks: number; // per cent
  readonly maxSpreadChecksMs: number;
  readonly hardStopAfterMs: number | undefined;
  readonly graceMs: number | undefined;
  readonly serverStateBase: string | undefined;
  readonly serverStateFile: string | undefined;
  readonly caBase: string | undefined;
  readonly crtBase: string | undefined;
  readonly externalCheck: boolean;
  readonly insecureForkWanted: boolean;
  readonly strictLimits: boolean;
  readonly setDumpable: boolean;
  readonly h1CaseAdjust: ReadonlyMap<string, string>;
  readonly h1CaseAdjustFile: string | undefined;
  readonly httpErrCodes: readonly { readonly from: number; readonly to: number; readonly add: boolean }[];
  readonly httpFailCodes: readonly { readonly from: number; readonly to: number; readonly add: boolean }[];
  readonly defaultPath: string | undefined;
  readonly unixBind: {
    readonly prefix: string | undefined;
    readonly mode: number | undefined;
    readonly uid: number | undefined;
    readonly gid: number | undefined;
  };
  readonly variables: readonly { readonly name: string; readonly value: Expression | LogFormat }[]; // set-var, set-var-fmt

  readonly statsSockets: readonly Bind[];
  readonly statsMaxconn: number;
  readonly statsTimeoutMs: number;

  readonly logs: readonly LogTarget[];
  readonly logTag: string;
  readonly logSendHostname: string | undefined; // "" is the machine's own name

  readonly tlsBindOptions: readonly string[]; // ssl-default-bind-options
  readonly tlsBindCiphers: string | undefined;
  readonly tlsBindCipherSuites: string | undefined;
  readonly tlsServerOptions: readonly string[];
  readonly tlsServerCiphers: string | undefined;
  readonly tlsServerCipherSuites: string | undefined;
  readonly tlsServerVerify: "none" | "required";
  readonly dhParamFile: string | undefined;
  readonly loadExtraFiles: readonly string[];

  readonly maxReloads?: number | undefined; // mworker-max-reloads
  readonly quiet?: boolean;
  readonly zeroWarning?: boolean;
  readonly neverSendLocal?: boolean; // pp2-never-send-local
  readonly tlsBindCurves?: string | undefined;
  readonly loadExtraDelExt?: boolean; // ssl-load-extra-del-ext
  /** What setenv and its like left of the environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;

  readonly tune: Tune;
}

/** `tune.*`, of those that change what ours does. */
export interface Tune {
  readonly bufsize: number; // 16384
  readonly maxrewrite: number; // 1024
  readonly httpMaxhdr: number; // 101
  readonly httpCookielen: number; // 63
  readonly httpLogurilen: number; // 1024
  readonly idletimerMs: number;
  readonly maxaccept: number | undefined;
  readonly h2InitialWindowSize: number;
  readonly h2MaxConcurrentStreams: number;
  readonly h2MaxFrameSize: number | undefined;
  readonly h2HeaderTableSize: number;
  readonly stickCounters: number; // 3
  readonly varsGlobalMaxSize: number;
  readonly varsProcMaxSize: number;
  readonly varsSessMaxSize: number;
  readonly varsTxnMaxSize: number;
  readonly varsReqresMaxSize: number;
  readonly varsCheckMaxSize: number;
  readonly rcvbufClient: number | undefined;
  readonly rcvbufServer: number | undefined;
  readonly sndbufClient: number | undefined;
  readonly sndbufServer: number | undefined;
  readonly idlePoolShared: boolean;
  readonly compMaxlevel: number;
  readonly sslCachesize: number;
  readonly sslLifetimeMs: number;
  readonly sslDefaultDhParam: number;
  /** The others that were said, by their names, for messages and `show`. */
  readonly others: ReadonlyMap<string, string>;
}
