import type { Place } from "../model/place.js";
import type { Server } from "../model/server.js";
import type { Mutable } from "./proxy-draft.js";
import { newTls, type TlsDraft } from "./tls.js";

/** What `default-server` lines say of the servers that follow. */
export type DefaultServer = Omit<
  Mutable<Server>,
  "name" | "id" | "forcedId" | "address" | "text" | "template" | "place"
> & {
  /** Written with `ssl`. */
  useTls: boolean;
  tls: TlsDraft;
  /** `sni` before it is taken apart. */
  writtenSni: { readonly text: string; readonly place: Place } | undefined;
  nonStick: boolean;
  logProto: "legacy" | "octet-count";
  websocket: "auto" | "h1" | "h2";
};

export function newDefaultServer(_place: Place): DefaultServer {
  return {
    weight: 1,
    backup: false,
    disabled: false,
    cookie: undefined,
    maxconn: 0,
    minconn: 0,
    maxqueue: 0,
    slowstartMs: 0,
    redir: undefined,
    maxReuse: -1,
    poolPurgeDelayMs: 5000,
    poolMaxConn: -1,
    poolLowConn: 0,
    check: false,
    agentCheck: false,
    interMs: 2000,
    fastInterMs: undefined,
    downInterMs: undefined,
    rise: 2,
    fall: 3,
    checkAddress: undefined,
    checkPort: undefined,
    checkSsl: undefined,
    checkSni: undefined,
    checkAlpn: [],
    checkProto: undefined,
    checkSendProxy: false,
    checkViaSocks4: false,
    agentAddress: undefined,
    agentPort: undefined,
    agentInterMs: undefined,
    agentSend: undefined,
    observe: "none",
    errorLimit: 10,
    onError: "fail-check",
    onMarkedDown: "none",
    onMarkedUp: "none",
    track: undefined,
    ssl: undefined,
    useTls: false,
    tls: newTls(),
    sni: undefined,
    writtenSni: undefined,
    proto: undefined,
    sendProxy: undefined,
    proxyV2Options: [],
    socks4: undefined,
    source: undefined,
    tcpUserTimeoutMs: undefined,
    tfo: false,
    nonStick: false,
    logProto: "legacy",
    websocket: "auto",
    resolvers: undefined,
    resolvePrefer: undefined,
    resolveNet: [],
    resolveOpts: [],
    initAddr: [],
  };
}
