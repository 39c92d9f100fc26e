import type { GlobalDefs, RealServer, VirtualServer } from "../model/index.js";
import { defined, type Reading } from "../read/reading.js";
import type { Forwarding, RealServerDraft, VirtualServerDraft } from "../read/server-draft.js";
import { completeCheck } from "./check.js";
import { matchPorts } from "./ports.js";

type Finding = Parameters<Reading["findings"]["add"]>[3];

/** "[192.168.4.15]:tcp:80", as the real one names a virtual server. */
export function serverName(draft: VirtualServerDraft): string {
  const { target } = draft;
  if (target.kind === "group") return `[${target.group}]:0`;
  if (target.kind === "mark") return `FWM ${target.mark}`;
  return `[${target.address}]:${draft.protocol ?? "udp"}:${target.port}`;
}

/** A virtual_server with defaults filled in and handed down; undefined: it is left out. */
export function completeVirtualServer(
  draft: VirtualServerDraft,
  reading: Reading,
  global: GlobalDefs,
): VirtualServer | undefined {
  const { findings } = reading;
  const { target } = draft;
  const name = serverName(draft);
  const say = (keyword: string, code: string, message: string, finding: Finding = {}) =>
    findings.add(draft.said.get(keyword)?.at ?? draft.word.at, code, message, finding);
  if (draft.servers.length === 0) {
    say("real_server", "no-real-servers", `Virtual server ${name} has no real servers - ignoring`, {
      remedy: "Add real_server ADDRESS PORT { … }.",
    });
    return undefined;
  }
  const group =
    target.kind === "group"
      ? reading.virtualServerGroups.find((one) => one.name === target.group)
      : undefined;
  if (target.kind === "group" && !group) {
    say(
      "",
      "unknown-name",
      `Virtual server group ${target.group} specified but not configured - ignoring virtual server`,
      { refused: null, remedy: "Define it with virtual_server_group." },
    );
    return undefined;
  }
  const marks = target.kind === "mark" || (group?.marks.length ?? 0) > 0;
  const addressed = target.kind === "address" || (group?.addresses.length ?? 0) > 0;
  let haSuspend = draft.haSuspend ?? false;
  if (haSuspend && marks) {
    say(
      "ha_suspend",
      "conflict",
      `Virtual server ${name}: cannot use ha_suspend with fwmarks - clearing ha_suspend`,
    );
    haSuspend = false;
  }
  const protocol = protocolOf(draft, name, marks, addressed, say);
  let onePacket = draft.onePacket ?? false;
  if (addressed && onePacket && protocol !== "udp") {
    say("ops", "conflict", `Virtual server ${name}: one packet scheduling requires UDP - resetting`, {
      remedy: "Take ops away.",
    });
    onePacket = false;
  }
  let timeout = draft.persistenceTimeout;
  const portless =
    target.kind === "address"
      ? target.port === 0
      : (group?.addresses.some((one) => one.firstPort === 0) ?? false);
  if (!timeout && portless) {
    say(
      "persistence_timeout",
      "portless",
      `Virtual server ${name}: zero port only valid for persistent services - setting`,
      { remedy: "Add its port, or persistence_timeout." },
    );
    timeout = 360;
  }
  if (draft.scheduler === undefined)
    say("lb_algo", "no-scheduler", `Virtual server ${name}: no scheduler set, setting default 'wlc'`, {
      severity: "warning",
      refused: "error",
      remedy: "Add lb_algo wlc.",
    });
  const forwarding = forwardingOf(draft, name, say);
  const servers = withoutDuplicates(draft, name, reading);
  const family =
    draft.family ?? group?.addresses[0]?.from.family ?? group?.marks[0]?.family ?? servers[0]!.address.family;
  matchPorts(draft, servers, forwarding, group, name, reading);
  const weight = draft.weight ?? 1;
  const sum = servers.reduce((total, server) => total + (server.weight ?? weight), 0);
  const { quorum, hysteresis } = quorumOf(draft, name, sum, say);
  const sorry = draft.sorry;
  return defined({
    target,
    family,
    protocol,
    scheduler: draft.scheduler ?? "wlc",
    schedulerFlags: draft.flags,
    hashed: draft.hashed ?? false,
    persistence:
      timeout === undefined
        ? undefined
        : { timeout, netmask: draft.granularity ?? (family === 4 ? 32 : 128) },
    persistenceEngine: draft.persistenceEngine,
    onePacket,
    quorum,
    hysteresis,
    quorumUp: draft.quorumUp,
    quorumDown: draft.quorumDown,
    alpha: draft.alpha ?? false,
    omega: draft.omega ?? false,
    haSuspend,
    sorryServer: sorry && {
      address: sorry.address,
      port: sorry.port,
      ...(sorry.forwarding ?? forwarding),
      inhibit: sorryInhibits(sorry, servers, draft, name, reading),
    },
    smtpAlert: draft.smtpAlert ?? global.smtp.alertChecker ?? global.smtp.alert ?? false,
    virtualHost: draft.virtualHost,
    snmpName: draft.snmpName,
    servers: servers.map((server) => realServer(server, draft, forwarding, global, reading)),
    at: draft.at,
  }) as VirtualServer;
}

type SayServer = (keyword: string, code: string, message: string, finding?: Finding) => void;

function protocolOf(
  draft: VirtualServerDraft,
  name: string,
  marks: boolean,
  addressed: boolean,
  say: SayServer,
): VirtualServer["protocol"] {
  if (addressed && !draft.protocol) {
    say("protocol", "no-protocol", `Virtual server ${name}: no protocol set - defaulting to UDP`, {
      remedy: "Add protocol TCP.",
    });
    return "udp";
  }
  if (draft.protocol && marks && !addressed) {
    say(
      "protocol",
      "protocol-of-mark",
      `Warning: Virtual server ${name}: protocol specified for fwmark - protocol will be ignored`,
      {
        severity: "warning",
        refused: "error",
        remedy: "Take protocol away: the rule that sets the mark chooses it.",
      },
    );
    return undefined;
  }
  return draft.protocol;
}

function forwardingOf(draft: VirtualServerDraft, name: string, say: SayServer): Forwarding {
  if (draft.forwarding) return draft.forwarding;
  if (draft.servers.some((server) => !server.forwarding) || (draft.sorry && !draft.sorry.forwarding))
    say("lb_kind", "no-method", `Virtual server ${name}: no forwarding method set, setting default NAT`, {
      severity: "warning",
      refused: "error",
      remedy: "Add lb_kind NAT, DR or TUN.",
    });
  return { method: "masq" };
}

function withoutDuplicates(draft: VirtualServerDraft, name: string, reading: Reading): RealServerDraft[] {
  const kept: RealServerDraft[] = [];
  for (const server of draft.servers) {
    if (kept.some((other) => other.address.equals(server.address) && other.port === server.port))
      reading.findings.add(
        server.word.at,
        "duplicate",
        `VS ${name}: real server ${server.address} ${server.port} is duplicated - removing second rs`,
        {
          remedy: "Take one of them away; weight gives a server more connections.",
        },
      );
    else kept.push(server);
  }
  return kept;
}

function quorumOf(
  draft: VirtualServerDraft,
  name: string,
  sum: number,
  say: SayServer,
): { quorum: number; hysteresis: number } {
  let quorum = draft.quorum ?? 1;
  let hysteresis = draft.hysteresis ?? 0;
  if (quorum > sum) {
    say(
      "quorum",
      "quorum",
      `Warning - quorum ${quorum} for ${name} exceeds total weight of real servers ${sum}, reducing quorum to ${sum}`,
      {
        remedy: `The quorum counts weights: write ${sum} at most.`,
      },
    );
    quorum = sum;
  }
  if (hysteresis >= quorum) {
    const instead = Math.max(0, quorum - 1);
    if (quorum > 0 || hysteresis > 0)
      say(
        "hysteresis",
        "hysteresis",
        `Virtual server ${name}: hysteresis ${hysteresis} >= quorum ${quorum}; setting hysteresis to ${instead}`,
      );
    hysteresis = instead;
  }
  return { quorum, hysteresis };
}

function sorryInhibits(
  sorry: NonNullable<VirtualServerDraft["sorry"]>,
  servers: readonly RealServerDraft[],
  draft: VirtualServerDraft,
  name: string,
  reading: Reading,
): boolean {
  const same = servers.find((server) => server.address.equals(sorry.address) && server.port === sorry.port);
  if (!same) return sorry.inhibit;
  const inhibits = same.inhibitOnFailure ?? draft.inhibit ?? false;
  if (inhibits !== sorry.inhibit)
    reading.findings.add(
      sorry.word.at,
      "conflict",
      `Virtual server ${name}: real server ${same.address} matches sorry server, but inhibit setting differs, ${inhibits ? "sett" : "clear"}ing on sorry server`,
    );
  return inhibits;
}

function realServer(
  draft: RealServerDraft,
  virtual: VirtualServerDraft,
  forwarding: Forwarding,
  global: GlobalDefs,
  reading: Reading,
): RealServer {
  const how = draft.forwarding ?? forwarding;
  const alpha = draft.alpha ?? virtual.alpha ?? false;
  const timing = { ...virtual.timing, ...draft.timing };
  return defined({
    address: draft.address,
    port: draft.port,
    weight: draft.weight ?? virtual.weight ?? 1,
    method: how.method,
    tunnel: how.tunnel,
    upperThreshold: draft.upperThreshold ?? 0,
    lowerThreshold: draft.lowerThreshold ?? 0,
    inhibitOnFailure: draft.inhibitOnFailure ?? virtual.inhibit ?? false,
    alpha,
    notifyUp: draft.notifyUp,
    notifyDown: draft.notifyDown,
    smtpAlert: draft.smtpAlert ?? global.smtp.alertChecker ?? global.smtp.alert ?? true,
    virtualHost: draft.virtualHost ?? virtual.virtualHost,
    snmpName: draft.snmpName,
    checks: draft.checks.map((check) => completeCheck(check, draft, timing, alpha, virtual, global, reading)),
    at: draft.at,
  }) as RealServer;
}
