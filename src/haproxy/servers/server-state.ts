import type { Server } from "../../config/haproxy/model/index.js";
import { Counters, type Endpoint, Rate, SharedCount } from "../../proxy/index.js";
import { LB_WORDS, type LbServer } from "../balance/index.js";
import { CheckState } from "../checks/check-state.js";
import { checkBit } from "../checks/check-status.js";
import { observe } from "../checks/observe.js";
import type { BackendCounter, ProxyRun, ServerRun } from "../run/index.js";
import { backendCounters } from "../run/index.js";
import { admin, state } from "./admin.js";
import type { BackendState } from "./backend-state.js";
import * as commands from "./commands.js";
import { ConnectionCounts } from "./connection-counts.js";
import { dynamicLimit } from "./dynamic-limit.js";
import { firstAddress } from "./first-address.js";
import { field, number, SERVER_BYTES, ServerMemory } from "./layout.js";
import { Naming } from "./naming.js";
import type { ServersRun } from "./servers-run.js";
import { statusText } from "./status-text.js";
import { SlidingTimes } from "./time-averages.js";
import { clearAdmin, setAdmin } from "./transitions.js";
import { changeWeight } from "./weight.js";

const maxima = backendCounters.filter((name) => name.endsWith("Max"));

/** A server, as one thread sees it: what changes is in memory of all threads. */
export class ServerState implements ServerRun, LbServer {
  readonly section: Server;
  readonly backend: BackendState;
  readonly all: ServersRun;
  readonly slot: number;
  readonly memory: ServerMemory;
  readonly lb: Int32Array;
  readonly counters: Counters<BackendCounter>;
  readonly sessions: SharedCount;
  readonly rate: Rate;
  readonly times: SlidingTimes;
  readonly connections: ConnectionCounts;
  readonly healthCheck: CheckState;
  readonly agentCheck: CheckState;
  #naming: Naming | undefined;
  /** Added while running. */
  readonly dynamic: boolean;
  /** The server whose state it follows, and those that follow it. */
  track: ServerState | undefined;
  readonly trackers: ServerState[] = [];
  #address: { generation: number; endpoint: Endpoint | undefined } = { generation: -1, endpoint: undefined };

  constructor(backend: BackendState, section: Server, all: ServersRun, dynamic: boolean) {
    const { memory } = all.surroundings;
    this.backend = backend;
    this.section = section;
    this.all = all;
    this.dynamic = dynamic;
    this.slot = backend.nextSlot;
    const name = `server ${backend.name}/${section.name}#${this.slot}`;
    this.memory = new ServerMemory(memory.bytes(name, SERVER_BYTES));
    this.lb = this.memory.words.subarray(field.lb, field.lb + LB_WORDS);
    this.counters = new Counters(backendCounters, maxima, memory, name);
    this.sessions = new SharedCount(memory, name);
    this.rate = new Rate(memory, name);
    this.times = new SlidingTimes(memory, name);
    this.connections = new ConnectionCounts(memory, name);
    this.healthCheck = new CheckState(this, this.memory, false);
    this.agentCheck = new CheckState(this, this.memory, true);
    if (memory.worker === 0) this.#begin();
  }

  /** The first thread writes what the configuration says. */
  #begin(): void {
    const { section, memory } = this;
    const maintained = section.disabled || this.dynamic;
    memory.set(field.exists, 1);
    memory.set(field.state, maintained ? state.stopped : state.running);
    memory.set(field.nextState, maintained ? state.stopped : state.running);
    const bits = maintained ? admin.forcedMaint | (this.dynamic ? 0 : admin.configMaint) : 0;
    memory.set(field.admin, bits);
    memory.set(field.nextAdmin, bits);
    memory.set(field.weight, section.weight);
    memory.set(field.initialWeight, section.weight);
    memory.set(field.maxconn, section.maxconn);
    // Without minconn the limit is static (check_config_validity).
    memory.set(
      field.minconn,
      section.minconn === 0 || section.minconn > section.maxconn ? section.maxconn : section.minconn,
    );
    if (section.maxconn === 0 && section.minconn > 0) {
      memory.set(field.maxconn, section.minconn);
      memory.set(field.minconn, section.minconn);
    }
    memory.numbers[number.lastChange] = Date.now();
    memory.numbers[number.causeDuration] = -1;
    this.healthCheck.begin(section.check, section.check);
    this.agentCheck.begin(section.agentCheck, section.agentCheck);
    if (maintained && section.check) {
      if (!this.dynamic) this.healthCheck.flag(checkBit.paused, true);
      this.healthCheck.health = 0;
    }
    // Of a server that is added while running, checks begin when they are enabled.
    if (this.dynamic) {
      this.healthCheck.flag(checkBit.enabled, false);
      this.agentCheck.flag(checkBit.enabled, false);
    }
    if (section.checkAddress !== undefined) this.healthCheck.address = section.checkAddress;
    if (section.agentAddress !== undefined) this.agentCheck.address = section.agentAddress;
    memory.set(field.useTls, section.ssl !== undefined ? 1 : section.noSsl ? -1 : 0);
    memory.setText("agentSend", section.agentSend ?? "");
    memory.setText("cookie", section.cookie ?? "");
    firstAddress(this);
  }

  get name(): string {
    return this.section.name;
  }
  get id(): number {
    return this.section.id;
  }
  get proxy(): ProxyRun {
    return this.backend.proxy;
  }
  /** "be/s1" */
  get path(): string {
    return `${this.backend.name}/${this.name}`;
  }
  get backup(): boolean {
    return this.section.backup;
  }

  // What balancing reads.
  get eweight(): number {
    return this.memory.get(field.eweight);
  }
  get usable(): boolean {
    return usableIn(
      this.memory.get(field.state),
      this.memory.get(field.admin),
      this.memory.get(field.eweight),
    );
  }
  get willBeUsable(): boolean {
    return usableIn(this.nextState, this.nextAdmin, this.memory.get(field.nextEweight));
  }
  get served(): number {
    return this.sessions.value;
  }
  get queued(): number {
    return this.memory.get(field.queued);
  }
  get maxconn(): number {
    return this.memory.get(field.maxconn);
  }
  get minconn(): number {
    return this.memory.get(field.minconn);
  }
  get maxqueue(): number {
    return this.section.maxqueue;
  }
  get limit(): number {
    return dynamicLimit(this);
  }

  // What is shown of it.
  get lastSession(): number {
    return this.memory.number(number.lastSession);
  }
  set lastSession(when: number) {
    this.memory.numbers[number.lastSession] = when;
  }
  get idle(): number {
    return this.connections.total("idle");
  }
  get used(): number {
    return this.connections.total("used");
  }
  get weight(): number {
    return this.memory.get(field.weight);
  }
  get initialWeight(): number {
    return this.memory.get(field.initialWeight);
  }
  get effectiveWeight(): number {
    const { scale, divisor } = this.backend.algorithm;
    return Math.floor((this.eweight * divisor + scale - 1) / scale);
  }
  get cookie(): string | undefined {
    return this.memory.text("cookie") || undefined;
  }
  get operational(): 0 | 1 | 2 | 3 {
    return this.memory.get(field.state) as 0 | 1 | 2 | 3;
  }
  get administrative(): number {
    return this.memory.get(field.admin);
  }
  get nextState(): number {
    return this.memory.get(field.nextState);
  }
  set nextState(value: number) {
    this.memory.set(field.nextState, value);
  }
  get nextAdmin(): number {
    return this.memory.get(field.nextAdmin);
  }
  set nextAdmin(value: number) {
    this.memory.set(field.nextAdmin, value);
  }
  get lastChange(): number {
    return this.memory.number(number.lastChange);
  }
  set lastChange(when: number) {
    this.memory.numbers[number.lastChange] = when;
  }
  get downtimeMs(): number {
    const down = this.memory.number(number.downtime);
    return this.operational === state.stopped ? down + Math.max(0, Date.now() - this.lastChange) : down;
  }
  get check(): CheckState | undefined {
    return this.healthCheck.configured ? this.healthCheck : undefined;
  }
  get agent(): CheckState | undefined {
    return this.agentCheck.configured ? this.agentCheck : undefined;
  }
  get consecutiveErrors(): number {
    return this.memory.get(field.consecutiveErrors);
  }
  set consecutiveErrors(value: number) {
    this.memory.set(field.consecutiveErrors, value);
  }
  get useTls(): -1 | 0 | 1 {
    return this.memory.get(field.useTls) as -1 | 0 | 1;
  }
  get mayUseTls(): boolean {
    const { section } = this;
    return (
      section.ssl !== undefined ||
      section.defaultSsl === true ||
      section.checkSsl === true ||
      this.proxy.section.check.rules.some((rule) => rule.rule === "connect" && rule.ssl)
    );
  }
  get statusText(): string {
    return statusText(this);
  }

  get fqdn(): string | undefined {
    return this.memory.text("hostname") || undefined;
  }
  get naming(): Naming | undefined {
    const named = this.memory.text("hostname") !== "" || this.memory.text("record") !== "";
    if (!named) return undefined;
    this.#naming ??= new Naming(this);
    return this.#naming;
  }
  get address(): Endpoint | undefined {
    const generation = this.memory.get(field.generation);
    if (this.#address.generation !== generation)
      this.#address = { generation, endpoint: commands.endpointOf(this) };
    return this.#address.endpoint;
  }

  setState(to: "ready" | "drain" | "maint", cause?: string): string | undefined {
    return commands.setState(this, to, cause);
  }
  force(what: "maint" | "drain", on: boolean, cause?: string): void {
    const bit = what === "maint" ? admin.forcedMaint : admin.forcedDrain;
    this.all.lock.hold(() => {
      if (on) setAdmin(this, bit, cause);
      else clearAdmin(this, bit);
    });
  }
  setWeight(word: string): string | undefined {
    return changeWeight(this, word);
  }
  setMaxconn(word: string): string | undefined {
    return commands.setMaxconn(this, word);
  }
  setAddress(host: string, port: string | undefined, by: string): string {
    return commands.setAddress(this, host, port, by);
  }
  setFqdn(name: string): string | undefined {
    return commands.setFqdn(this, name);
  }
  setCheckAddress(host: string | undefined, port: string | undefined): string | undefined {
    return commands.setCheckAddress(this, "check", host, port);
  }
  setAgentAddress(host: string | undefined, port: string | undefined): string | undefined {
    return commands.setCheckAddress(this, "agent", host, port);
  }
  setHealth(
    which: "check" | "agent",
    to: "up" | "stopping" | "down",
    by = "changed from CLI",
  ): string | undefined {
    return commands.setHealth(this, which, to, by);
  }
  enable(which: "check" | "agent", on: boolean): string | undefined {
    return commands.enable(this, which, on);
  }
  setTls(on: boolean): string | undefined {
    return commands.setTls(this, on);
  }
  setAgentSend(text: string): string | undefined {
    return commands.setAgentSend(this, text);
  }
  observe(event: Parameters<ServerRun["observe"]>[0], status?: number): void {
    observe(this, event, status);
  }
}

function usableIn(operational: number, administrative: number, eweight: number): boolean {
  return (
    eweight > 0 &&
    (administrative & (admin.maint | admin.drain)) === 0 &&
    (operational === state.starting || operational === state.running)
  );
}
