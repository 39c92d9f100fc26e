import type { VariableScope } from "../../config/haproxy/model/index.js";
import type { Headers } from "../../proxy/index.js";
import type { CheckRun, Sample, Variables } from "../run/index.js";
import { checkField, checkNumber, field, number, type ServerMemory } from "../servers/layout.js";
import type { ServerState } from "../servers/server-state.js";
import { checkBit, checkStatus, statusName } from "./check-status.js";

/** The state of a server's check or agent check: in memory of all threads, but for what a running check has received. */
export class CheckState implements CheckRun {
  readonly server: ServerState;
  readonly agent: boolean;
  readonly rise: number;
  readonly fall: number;
  readonly interMs: number;
  readonly fastInterMs: number | undefined;
  readonly downInterMs: number | undefined;
  variables: Variables = new CheckVariables();
  received: Buffer = Buffer.alloc(0);
  response: { readonly status: number; readonly headers: Headers } | undefined;
  readonly #memory: ServerMemory;
  readonly #words: number;
  readonly #numbers: number;

  constructor(server: ServerState, memory: ServerMemory, agent: boolean) {
    const { section } = server;
    this.server = server;
    this.agent = agent;
    this.#memory = memory;
    this.#words = agent ? field.agent : field.check;
    this.#numbers = agent ? number.agent : number.check;
    this.rise = agent ? 1 : section.rise;
    this.fall = agent ? 1 : section.fall;
    this.interMs = agent ? (section.agentInterMs ?? section.interMs) : section.interMs;
    this.fastInterMs = agent ? undefined : section.fastInterMs;
    this.downInterMs = agent ? undefined : section.downInterMs;
  }

  /** A run of the check begins: variables of the last one are gone. */
  beginVariables(): void {
    this.variables = new CheckVariables();
  }

  /** undefined unsets it. */
  setVariable(scope: VariableScope, name: string, value: Sample | undefined): void {
    const variables = scope === "proc" ? this.server.all.surroundings.variables : this.variables;
    if (value === undefined) variables.unset(name);
    else variables.set(name, value);
  }

  /** First thread only, once. */
  begin(configured: boolean, enabled: boolean): void {
    this.state =
      (configured ? checkBit.configured : 0) |
      (enabled ? checkBit.enabled : 0) |
      (this.agent ? checkBit.agent : 0);
    this.health = this.rise; // up, but the first failure takes it down
    this.statusCode = checkStatus.INI;
    this.port = (this.agent ? this.server.section.agentPort : this.server.section.checkPort) ?? 0;
  }

  get state(): number {
    return this.#get(checkField.state);
  }
  set state(value: number) {
    this.#set(checkField.state, value);
  }
  get enabled(): boolean {
    return (this.state & checkBit.enabled) !== 0;
  }
  get configured(): boolean {
    return (this.state & checkBit.configured) !== 0;
  }
  flag(bit: number, on: boolean): void {
    this.state = on ? this.state | bit : this.state & ~bit;
  }
  get health(): number {
    return this.#get(checkField.health);
  }
  set health(value: number) {
    this.#set(checkField.health, value);
  }
  /** The highest health. */
  get best(): number {
    return this.rise + this.fall - 1;
  }
  get result(): number {
    return this.#get(checkField.result);
  }
  set result(value: number) {
    this.#set(checkField.result, value);
  }
  get statusCode(): number {
    return this.#get(checkField.status);
  }
  set statusCode(value: number) {
    this.#set(checkField.status, value);
  }
  get status(): string {
    return `${this.state & checkBit.inProgress ? "* " : ""}${statusName(this.statusCode)}`;
  }
  get code(): number {
    return this.#get(checkField.code);
  }
  set code(value: number) {
    this.#set(checkField.code, value);
  }
  get port(): number {
    return this.#get(checkField.port);
  }
  set port(value: number) {
    this.#set(checkField.port, value);
  }
  get address(): string | undefined {
    return this.#memory.text(this.agent ? "agentAddress" : "checkAddress") || undefined;
  }
  set address(host: string | undefined) {
    this.#memory.setText(this.agent ? "agentAddress" : "checkAddress", host ?? "");
  }
  get description(): string {
    return this.#memory.text(this.agent ? "agentDescription" : "checkDescription");
  }
  set description(text: string) {
    this.#memory.setText(this.agent ? "agentDescription" : "checkDescription", text);
  }
  get startedAt(): number {
    return this.#memory.number(this.#numbers + checkNumber.started);
  }
  set startedAt(when: number) {
    this.#memory.numbers[this.#numbers + checkNumber.started] = when;
  }
  get durationMs(): number {
    return this.#memory.number(this.#numbers + checkNumber.duration);
  }
  set durationMs(ms: number) {
    this.#memory.numbers[this.#numbers + checkNumber.duration] = ms;
  }
  get lastChangeMs(): number {
    return this.server.lastChange;
  }

  /** How long until the next one: slower while it is down, faster while it changes (srv_getinter). */
  get interval(): number {
    if (this.configured && this.health === this.best) return this.interMs;
    if (this.server.nextState === 0 && this.health === 0) return this.downInterMs || this.interMs;
    return this.fastInterMs || this.interMs;
  }

  #get(at: number): number {
    return this.#memory.get(this.#words + at);
  }
  #set(at: number, value: number): void {
    this.#memory.set(this.#words + at, value);
  }
}

/** Variables of the scope "check": those of one run of a check. */
export class CheckVariables implements Variables {
  readonly #values = new Map<string, Sample>();

  get(name: string): Sample | undefined {
    return this.#values.get(name);
  }
  set(name: string, value: Sample): void {
    this.#values.set(name, value);
  }
  unset(name: string): void {
    this.#values.delete(name);
  }
  [Symbol.iterator](): Iterator<readonly [string, Sample]> {
    return this.#values.entries();
  }
}
