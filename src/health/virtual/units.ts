import type {
  Check,
  KeepalivedConfig,
  RealServer,
  VirtualServer,
  VirtualServerGroup,
} from "../../config/keepalived/model/index.js";
import { endpointText, type ServiceSpec } from "../../ipvs/model.js";
import { type CheckState, freshState } from "../checks/course.js";
import { checkKey, expandChecks } from "./check-key.js";
import type { CheckMemory, Memory, ServerMemory } from "./memory.js";
import { protocolOf, serverName, virtualName } from "./names.js";
import { servicesOf } from "./services.js";

/** A check of a server of a virtual server, and how it stands. */
export interface CheckUnit {
  readonly key: string;
  /** Names it among all checks; the same after a reload. */
  readonly id: string;
  readonly check: Check;
  readonly server: ServerUnit;
  readonly state: CheckState;
}

export interface ServerUnit {
  readonly key: string;
  readonly name: string;
  readonly spec: RealServer;
  readonly virtual: VirtualUnit;
  readonly checks: CheckUnit[];
  /** It was there before. */
  readonly remembered: boolean;
  alive: boolean;
  /** With what checks add; may be negative. */
  weight: number;
}

export interface VirtualUnit {
  readonly key: string;
  readonly name: string;
  readonly spec: VirtualServer;
  readonly group: VirtualServerGroup | undefined;
  readonly services: readonly ServiceSpec[];
  readonly servers: ServerUnit[];
  readonly quorum: number;
  readonly hysteresis: number;
  readonly haSuspend: boolean;
  readonly remembered: boolean;
  quorumUp: boolean;
  /** The sorry server stands in the servers' place. */
  sorryAlive: boolean;
}

/** What a configuration and what is remembered make together. Nothing has been told of it yet. */
export function makeUnits(config: KeepalivedConfig, memory: Memory | undefined): VirtualUnit[] {
  const groups = new Map(config.virtualServerGroups.map((group) => [group.name, group]));
  const places = new Map<string, number>();
  const units: VirtualUnit[] = [];
  for (const spec of config.virtualServers) {
    const groupName = spec.target.kind === "group" ? spec.target.group : undefined;
    const place = groupName === undefined ? 0 : (places.get(groupName) ?? 0);
    if (groupName !== undefined) places.set(groupName, place + 1);
    const group = groupName === undefined ? undefined : groups.get(groupName);
    if (spec.servers.length === 0 || (groupName !== undefined && !group)) continue;
    units.push(makeVirtual(spec, group, place, memory));
  }
  return units;
}

function makeVirtual(
  spec: VirtualServer,
  group: VirtualServerGroup | undefined,
  place: number,
  memory: Memory | undefined,
): VirtualUnit {
  const name = virtualName(spec, place);
  const key = spec.target.kind === "mark" && spec.family === 6 ? `${name} inet6` : name;
  const remembered = memory?.[key];
  const total = spec.servers.reduce((sum, { weight }) => sum + weight, 0);
  const quorum = Math.min(spec.quorum, total);
  const sorry = spec.sorryServer && endpointText(spec.sorryServer);
  const unit: VirtualUnit = {
    key,
    name,
    spec,
    group,
    services: servicesOf(spec, group),
    servers: [],
    quorum,
    hysteresis: Math.max(0, Math.min(spec.hysteresis, quorum - 1)),
    // A mark says nothing about addresses: the real one clears it, too.
    haSuspend: spec.haSuspend && spec.target.kind !== "mark" && (group?.marks.length ?? 0) === 0,
    remembered: remembered !== undefined,
    quorumUp: remembered?.quorumUp ?? false,
    sorryAlive: remembered?.sorry !== undefined && remembered.sorry === sorry,
  };
  const seen = new Set<string>();
  for (const server of spec.servers) {
    const serverKey = endpointText(server);
    if (seen.has(serverKey)) continue;
    seen.add(serverKey);
    unit.servers.push(
      makeServer(unit, server, serverKey, remembered?.servers[serverKey], memory !== undefined),
    );
  }
  return unit;
}

function makeServer(
  virtual: VirtualUnit,
  spec: RealServer,
  key: string,
  memory: ServerMemory | undefined,
  later: boolean,
): ServerUnit {
  const protocol = protocolOf(virtual.spec, virtual.group);
  const unit: ServerUnit = {
    key,
    name: serverName(spec, protocol),
    spec,
    virtual,
    checks: [],
    remembered: memory !== undefined,
    alive: memory?.alive ?? false,
    weight: memory?.weight ?? spec.weight,
  };
  const counts = new Map<string, number>();
  for (const check of expandChecks(spec.checks, spec)) {
    const text = checkKey(check);
    const count = counts.get(text) ?? 0;
    counts.set(text, count + 1);
    const checkName = count === 0 ? text : `${text} #${count}`;
    const state = rememberedState(check, memory?.checks[checkName], spec.weight);
    unit.checks.push({
      key: checkName,
      id: `${virtual.key} ${key} ${checkName}`,
      check,
      server: unit,
      state,
    });
  }
  beginCarefully(unit, memory, later);
  return unit;
}

function rememberedState(check: Check, memory: CheckMemory | undefined, weight: number): CheckState {
  const fresh = freshState(check);
  if (!memory) return fresh;
  const { retry } = check.timing;
  const dynamic = check.kind === "MISC_CHECK" && check.dynamic && memory.exit >= 2;
  return {
    up: memory.up,
    hasRun: memory.hasRun,
    // Who has failed often enough for the new number of tries fails with the next one.
    tries: Math.min(memory.tries, retry),
    weight: dynamic ? memory.exit - 2 - weight : 0,
    exit: check.kind === "MISC_CHECK" ? memory.exit : 0,
    url: memory.url,
    failedUrl: memory.failedUrl,
  };
}

/**
 * Alpha: a check that has not run counts as failed. After a reload only if its server is new, or was down: a further check takes
 * no healthy server away.
 */
function beginCarefully(server: ServerUnit, memory: ServerMemory | undefined, later: boolean): void {
  const told = (check: Check) => check.kind === "FILE_CHECK";
  const failed = server.checks.some(({ state }) => state.hasRun && !state.up);
  const careful = !memory || failed || !memory.alive;
  for (const { check, state, key } of server.checks) {
    if (state.hasRun || told(check) || memory?.checks[key]) continue;
    if (careful && check.alpha) state.up = false;
    if (later && memory && careful) state.tries = check.kind === "SMTP_CHECK" ? 0 : check.timing.retry;
  }
}
