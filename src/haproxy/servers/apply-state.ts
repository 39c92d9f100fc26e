import { checkBit } from "../checks/check-status.js";
import { admin, state } from "./admin.js";
import { field } from "./layout.js";
import type { SavedState } from "./saved-states.js";
import type { ServerState } from "./server-state.js";
import {
  setDrain,
  setMaintenance,
  setReady,
  setRunning,
  setStopped,
  setStopping,
  update,
} from "./transitions.js";
import { recalculate } from "./weight.js";

const RELOADED = "changed from server-state after a reload";
const LAST_STATUS = 20;

/** The fields that are read, with what they may be. */
interface Fields {
  readonly operational: number;
  readonly administrative: number;
  readonly weight: number;
  readonly initialWeight: number;
  readonly sinceChange: number; // seconds
  readonly checkStatus: number;
  readonly checkResult: number;
  readonly checkHealth: number;
  readonly checkState: number;
  readonly agentState: number;
  readonly fqdn: string | undefined;
  readonly port: number | undefined;
  readonly record: string | undefined;
}

/**
 * Gives a server the state that a file tells of it (srv_state_srv_update). What the configuration has changed since counts more: weights, and
 * whether it is disabled. Gives a warning's text where a field can't be.
 */
export function applyState(server: ServerState, saved: SavedState): string | undefined {
  const read = readFields(saved.fields);
  if (typeof read === "string") return `server-state application failed for server '${server.path}'${read}`;
  applyOperational(server, read);
  applyAdministrative(server, read);
  const { healthCheck: check, agentCheck: agent, memory } = server;
  server.lastChange = Date.now() - 1000 * read.sinceChange;
  check.statusCode = read.checkStatus;
  check.result = read.checkResult;
  // Only that checks were switched off is taken over.
  const { configured, enabled } = checkBit;
  if (check.configured && read.checkState & configured && !(read.checkState & enabled))
    check.flag(enabled, false);
  if (agent.configured && read.agentState & configured && !(read.agentState & enabled))
    agent.flag(enabled, false);
  if (read.initialWeight === server.initialWeight) memory.set(field.weight, read.weight);
  recalculate(server);
  update(server);
  if (saved.fields[0] !== "-") memory.setText("lastAddress", saved.fields[0] as string);
  const problem = applyName(server, read) ?? applyPorts(server, saved.fields, read);
  return problem === undefined
    ? undefined
    : `server-state partially applied for server '${server.path}', ${problem}`;
}

function applyOperational(server: ServerState, read: Fields): void {
  const { healthCheck: check } = server;
  check.health = read.checkHealth;
  switch (read.operational) {
    case state.stopped:
      check.health = 0;
      setStopped(server, RELOADED);
      break;
    case state.starting:
      // With rise 1 there is no such state.
      if (check.rise === 1) {
        check.health = check.best;
        setRunning(server, "");
      } else {
        if (check.health < 1 || check.health >= check.rise) check.health = check.rise - 1;
        server.nextState = state.starting;
      }
      break;
    case state.stopping:
      if (check.fall === 1) {
        check.health = 0;
        setStopped(server, RELOADED);
      } else {
        if (check.health < check.rise || check.health > check.best - 1) check.health = check.rise;
        setStopping(server, RELOADED);
      }
      break;
    default:
      check.health = check.best;
      setRunning(server, "");
  }
}

function applyAdministrative(server: ServerState, read: Fields): void {
  const was = read.administrative;
  const disabled = (server.nextAdmin & admin.configMaint) !== 0;
  if (((was & admin.configMaint) !== 0) !== disabled) {
    if (disabled) setMaintenance(server);
    else setReady(server);
  } else if (was & admin.forcedMaint && !disabled) setMaintenance(server);
  else if (!(was & admin.forcedMaint) && disabled) setReady(server);
  // A drain that was only a weight of 0 in the file ends with that.
  if (
    !(server.nextAdmin & admin.forcedMaint) &&
    was & admin.forcedDrain &&
    (read.initialWeight > 0 || server.initialWeight === 0)
  )
    setDrain(server);
}

function applyName(server: ServerState, read: Fields): string | undefined {
  const { memory } = server;
  if (read.fqdn === undefined) return undefined;
  const name = memory.text("hostname");
  if (name !== "") {
    if (name === read.fqdn) server.nextAdmin &= ~admin.hostnameMaint;
    else if (read.administrative & admin.hostnameMaint && server.section.resolvers !== undefined) {
      memory.setText("hostname", read.fqdn);
      server.nextAdmin |= admin.hostnameMaint;
      memory.set(field.admin, memory.get(field.admin) | admin.hostnameMaint);
    }
    return undefined;
  }
  if (read.record === undefined) return undefined;
  const record = memory.text("record");
  if (record === "") return `no SRV resolution for server '${server.name}'. Previous state not applied`;
  if (record !== read.record)
    return `SRV record mismatch between configuration ('${record}') and state file ('${read.record}) for server '${server.name}'. Previous state not applied`;
  memory.setText("hostname", read.fqdn);
  memory.set(field.mappedPort, 0);
  return undefined;
}

function applyPorts(server: ServerState, fields: readonly string[], read: Fields): string | undefined {
  const { memory } = server;
  if (read.port !== undefined && memory.get(field.port) !== read.port) {
    memory.set(field.port, read.port);
    memory.add(field.generation, 1);
  }
  const [useTls, checkPort, checkAddress, agentAddress, agentPort] = fields.slice(16);
  if (useTls !== undefined && server.mayUseTls) {
    const value = Number.parseInt(useTls, 10);
    memory.set(field.useTls, value === 1 || value === -1 ? value : 0);
    memory.add(field.generation, 1);
  }
  const given = (word: string | undefined, none: string) =>
    word === undefined || word === none ? undefined : word;
  const check = [given(checkAddress, "-"), given(checkPort, "0")] as const;
  const agent = [given(agentAddress, "-"), given(agentPort, "0")] as const;
  let problem: string | undefined;
  if (check.some((word) => word !== undefined)) problem = server.setCheckAddress(...check);
  if (problem === undefined && agent.some((word) => word !== undefined))
    problem = server.setAgentAddress(...agent);
  return problem;
}

function readFields(words: readonly string[]): Fields | string {
  let problems = "";
  const number = (at: number, name: string, fits: (value: number) => boolean) => {
    const word = words[at] ?? "";
    const value = Number.parseInt(word, 10);
    if (!/^\s*[+-]?\d/.test(word) || !fits(value)) problems += `, invalid ${name} value '${word}'`;
    return value;
  };
  const within = (least: number, most: number) => (value: number) => value >= least && value <= most;
  const states = [0, 1, 4, 5, 8, 12];
  const inherited = admin.inheritedDrain | admin.inheritedMaint | admin.hostnameMaint | admin.resolutionMaint;
  const checkBits = (value: number) => (value & ~0x1f) === 0;
  const operational = number(1, "srv_op_state", within(0, 3));
  const administrative = number(2, "srv_admin_state", (value) => states.includes(value & ~inherited));
  const fields = {
    operational,
    administrative: administrative & ~(inherited & ~admin.hostnameMaint),
    weight: number(3, "srv_uweight", within(0, 256)),
    initialWeight: number(4, "srv_iweight", within(0, 256)),
    sinceChange: number(5, "srv_last_time_change", () => true),
    checkStatus: number(6, "srv_check_status", within(0, LAST_STATUS)),
    checkResult: number(7, "srv_check_result", within(0, 4)),
    checkHealth: number(8, "srv_check_health", () => true),
    checkState: number(9, "srv_check_state", checkBits),
    agentState: number(10, "srv_agent_state", checkBits),
    record: words[15]?.startsWith("_") ? words[15] : undefined,
  };
  number(11, "bk_f_forced_id", within(0, 1));
  number(12, "srv_f_forced_id", within(0, 1));
  const name = words[13];
  let fqdn = name === undefined || name.startsWith("-") ? undefined : name;
  if (fqdn !== undefined && (fqdn.length > 255 || !/^[A-Za-z0-9_.-]+$/.test(fqdn))) {
    problems += `, invalid srv_fqdn value '${fqdn}'`;
    fqdn = undefined;
  }
  const port = words[14] === undefined ? undefined : Number.parseInt(words[14], 10) || 0;
  if (port !== undefined && port > 65535) problems += `, invalid srv_port value '${words[14]}'`;
  return problems === "" ? { ...fields, fqdn, port } : problems;
}
