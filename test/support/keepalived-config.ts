import type {
  Check,
  CheckTiming,
  GlobalDefs,
  KeepalivedConfig,
  RealServer,
  VirtualServer,
} from "../../src/config/keepalived/model/index.js";
import { IpAddress } from "../../src/wire/address.js";

// Configurations of virtual servers for tests, as the parser would make them.

export const at = { file: "test.conf", line: 1, column: 1 };

export const timing: CheckTiming = {
  delayLoop: 1000,
  retry: 1,
  delayBeforeRetry: 300,
  warmup: 0,
  connectTimeout: 500,
};

const noProcess = { cpuAffinity: [], noSwap: false };

export const globalDefs = {
  routerId: "test",
  smtp: { to: [], connectTimeout: 30_000, noEmailFaults: false, noCheckerEmails: false },
  lvsFlush: false,
  lvsFlushOnStop: "no",
  checkerLogAllFailures: false,
  realServerInitNotifies: false,
  checker: noProcess,
} as unknown as GlobalDefs;

export const address = (text: string) => IpAddress.of(text);

/** What `connect` says in short: "10.0.0.1:80", "[fd00::1]:80". */
export function endpoint(text: string) {
  const colon = text.lastIndexOf(":");
  return {
    address: address(text.slice(0, colon).replace(/[[\]]/g, "")),
    port: Number(text.slice(colon + 1)),
  };
}

type OfKind<C, Kind> = C extends { readonly kind: infer K } ? (Kind extends K ? C : never) : never;
type Loose<Kind extends Check["kind"]> = Partial<Omit<OfKind<Check, Kind>, "kind">>;

const defaults: { readonly [Kind in Check["kind"]]: object } = {
  TCP_CHECK: {},
  HTTP_GET: { urls: [], httpProtocol: "1.0", sni: false, fastRecovery: false },
  SSL_GET: { urls: [], httpProtocol: "1.0", sni: false, fastRecovery: false },
  SMTP_CHECK: { hosts: [] },
  DNS_CHECK: { type: "SOA", name: "." },
  UDP_CHECK: { requireReply: false, minimumReply: 0, maximumReply: 255 },
  PING_CHECK: {},
  MISC_CHECK: { command: { argv: ["/bin/true"], at }, dynamic: false },
  FILE_CHECK: { trackFile: "f", reverse: false, dynamic: false },
  BFD_CHECK: { name: "b", weight: 0 },
};

export function check<Kind extends Check["kind"]>(
  kind: Kind,
  more: Omit<Loose<Kind>, "timing"> & { timing?: Partial<CheckTiming> } = {} as never,
): Check {
  return {
    kind,
    connect: endpoint("127.0.0.1:80"),
    alpha: false,
    logAllFailures: false,
    at,
    ...defaults[kind],
    ...more,
    timing: { ...timing, ...more.timing },
  } as Check;
}

export function server(where: string, checks: readonly Check[], more: Partial<RealServer> = {}): RealServer {
  return {
    ...endpoint(where),
    weight: 1,
    method: "droute",
    upperThreshold: 0,
    lowerThreshold: 0,
    inhibitOnFailure: false,
    alpha: false,
    checks,
    at,
    ...more,
  };
}

export function virtual(
  where: string,
  servers: readonly RealServer[],
  more: Partial<VirtualServer> = {},
): VirtualServer {
  const { address: vip, port } = endpoint(where);
  return {
    target: { kind: "address", address: vip, port },
    family: vip.family,
    protocol: "tcp",
    scheduler: "wlc",
    schedulerFlags: [],
    hashed: false,
    onePacket: false,
    quorum: 1,
    hysteresis: 0,
    alpha: false,
    omega: false,
    haSuspend: false,
    servers,
    at,
    ...more,
  };
}

export function config(
  virtualServers: readonly VirtualServer[],
  more: Partial<Omit<KeepalivedConfig, "global">> & { global?: Partial<GlobalDefs> } = {},
): KeepalivedConfig {
  return {
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
    trackGroups: [],
    interfaceDelays: [],
    instances: [],
    syncGroups: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    bfdInstances: [],
    virtualServers,
    virtualServerGroups: [],
    ...more,
    global: { ...globalDefs, ...more.global },
  };
}
