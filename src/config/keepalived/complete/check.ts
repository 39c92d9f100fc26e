import type { Check, CheckTiming, Endpoint, GlobalDefs } from "../model/index.js";
import { defined, type Reading } from "../read/reading.js";
import type {
  CheckDraft,
  ConnectionDraft,
  RealServerDraft,
  TimingDraft,
  VirtualServerDraft,
} from "../read/server-draft.js";

/** Retries, and milliseconds before one (undefined: delay_loop), where nothing is said. */
const retries: Partial<Record<Check["kind"], number>> = { DNS_CHECK: 3, MISC_CHECK: 0 };

function timingOf(kind: Check["kind"], own: TimingDraft, above: TimingDraft): CheckTiming {
  const delayLoop = own.delayLoop ?? above.delayLoop ?? 60_000;
  return {
    delayLoop,
    retry: own.retry ?? above.retry ?? retries[kind] ?? 1,
    delayBeforeRetry:
      own.delayBeforeRetry ?? above.delayBeforeRetry ?? (kind === "DNS_CHECK" ? delayLoop : 1000),
    warmup: own.warmup ?? above.warmup ?? delayLoop,
    connectTimeout: own.connectTimeout ?? above.connectTimeout ?? 5000,
  };
}

function bindOf(connection: ConnectionDraft) {
  const { bindAddress, bindPort, bindInterface } = connection;
  if (!bindAddress && bindPort === undefined && bindInterface === undefined) return undefined;
  return defined({ address: bindAddress, port: bindPort, interface: bindInterface });
}

const endpoint = (connection: ConnectionDraft, server: RealServerDraft): Endpoint => ({
  address: connection.address ?? server.address,
  port: connection.port ?? server.port,
});

/** A check with what it takes from its real server and virtual server. */
export function completeCheck(
  draft: CheckDraft,
  server: RealServerDraft,
  above: TimingDraft,
  alpha: boolean,
  virtual: VirtualServerDraft,
  global: GlobalDefs,
  reading: Reading,
): Check {
  const base = {
    kind: draft.kind,
    timing: timingOf(draft.kind, draft.timing, above),
    connect: endpoint(draft.connection, server),
    bind: bindOf(draft.connection),
    mark: draft.connection.mark,
    alpha: draft.alpha ?? alpha,
    logAllFailures: (draft.logAllFailures ?? false) || global.checkerLogAllFailures,
    at: reading.findings.files.place(draft.word.at.position()),
  };
  return defined({ ...base, ...defined(own(draft, server, virtual, reading)) }) as Check;
}

function own(
  draft: CheckDraft,
  server: RealServerDraft,
  virtual: VirtualServerDraft,
  reading: Reading,
): object {
  switch (draft.kind) {
    case "HTTP_GET":
    case "SSL_GET":
      return {
        urls: draft.urls,
        httpProtocol: draft.httpProtocol ?? "1.0",
        virtualHost: draft.virtualHost ?? server.virtualHost ?? virtual.virtualHost,
        sni: draft.sni ?? false,
        fastRecovery: draft.fastRecovery ?? false,
      };
    case "SMTP_CHECK":
      return {
        heloName: draft.heloName ?? "smtpchecker.keepalived.org",
        hosts: draft.hosts.map(({ connection }) =>
          defined({ ...endpoint(connection, server), bind: bindOf(connection) }),
        ),
      };
    case "DNS_CHECK":
      return { type: draft.type ?? "SOA", name: draft.name ?? "." };
    case "UDP_CHECK":
      return {
        payload: draft.payload,
        requireReply: draft.requireReply ?? false,
        reply: draft.reply,
        minimumReply: draft.minimumReply ?? 0,
        maximumReply: draft.maximumReply ?? 255,
      };
    case "MISC_CHECK":
      return {
        command: defined({ ...draft.command!, user: draft.user }),
        timeout: draft.timeout || undefined,
        dynamic: draft.dynamic ?? false,
      };
    case "FILE_CHECK": {
      const file = reading.trackFiles.find((one) => one.name === draft.trackFile);
      return {
        trackFile: draft.trackFile,
        weight: draft.weight ?? file?.weight,
        reverse: draft.weight === undefined ? (file?.reverse ?? false) : (draft.reverse ?? false),
        dynamic: false,
        alpha: false,
      };
    }
    case "BFD_CHECK":
      return { name: draft.name, weight: 0 };
    default:
      return {};
  }
}
