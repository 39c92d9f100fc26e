import type { VrrpSyncGroup } from "../config/keepalived/model/index.js";
import type { GroupView, RunningInstance, VrrpMachine } from "./machine/index.js";
import type { GroupState, TransitionReason, VrrpAction, VrrpState } from "./types.js";

/**
 * vrrp_sync_group: instances that are master together or not at all. A member that becomes master or gives way takes the
 * others with it; nobody becomes master before all want to; one in FAULT is all in FAULT.
 */
export class SyncGroup implements GroupView {
  settings: VrrpSyncGroup;
  readonly members: VrrpMachine[] = [];
  state: GroupState = "INIT";
  readonly #emit: (action: VrrpAction) => void;

  constructor(settings: VrrpSyncGroup, emit: (action: VrrpAction) => void) {
    this.settings = settings;
    this.#emit = emit;
  }

  get name(): string {
    return this.settings.name;
  }

  /** Weights of the group's tracking count nothing if a member is an address owner. */
  get hasOwner(): boolean {
    return this.members.some(({ settings }) => settings.priority === 255);
  }

  mayBecomeMaster(member: RunningInstance): boolean {
    return this.state === "MASTER" || this.members.every((one) => one === member || one.wanted === "MASTER");
  }

  lowerPriorityHeard(member: RunningInstance, now: number): void {
    for (const other of this.members) if (other !== member) other.correct(now);
  }

  /** To be called after anything that may have changed a member's state. */
  follow(member: VrrpMachine, before: VrrpState, now: number): void {
    const { state } = member;
    if (state === "MASTER" && this.state !== "MASTER" && this.mayBecomeMaster(member)) {
      this.#say("MASTER");
      // Set first: the others may become master because the group is.
      const from = this.#enter("MASTER");
      for (const other of this.members) if (other.state === "BACKUP") other.becomeMaster(now, "sync-group");
      this.#tell(from);
    } else if (before === "MASTER" && state === "BACKUP" && this.state !== "BACKUP") {
      this.#say("BACKUP");
      const from = this.#enter("BACKUP");
      for (const other of this.members) if (other !== member) other.toBackup(now);
      this.#tell(from);
    }
  }

  /** Members have faults (`faulty` first among them), or all are well again. */
  fault(faulty: VrrpMachine, text: string, now: number): void {
    faulty.fault(now, "fault", text);
    if (this.state === "FAULT") {
      for (const other of this.members) other.fault(now, "sync-group", `${faulty.name} is in FAULT`);
      return;
    }
    this.#say("FAULT");
    const from = this.#enter("FAULT");
    for (const other of this.members) other.fault(now, "sync-group", `${faulty.name} is in FAULT`);
    this.#tell(from);
  }

  /** Members that rest, well again or new, begin; those of a group that is master join it. */
  rise(now: number, reason: TransitionReason, wait: number): void {
    const waiting = this.members.filter(({ state }) => state === "INIT" || state === "FAULT");
    if (waiting.length === 0) return;
    // Owners alone may go to MASTER at once, and only together.
    const owners = this.members.every(({ owner }) => owner);
    for (const member of waiting) if (member.state === "FAULT") member.wanted = owners ? "MASTER" : "BACKUP";
    const master = this.members.some(({ state }) => state === "MASTER") || (owners && wait === 0);
    const from = this.#enter(master ? "MASTER" : "BACKUP");
    for (const member of waiting) member.rise(now, reason, wait);
    this.join(now);
    this.#tell(from);
  }

  /** Of a group that is master every member is; one that came to it becomes master, too. */
  join(now: number): void {
    if (this.state !== "MASTER") return;
    for (const member of this.members) if (member.state === "BACKUP") member.becomeMaster(now, "sync-group");
  }

  /** All members have stopped. */
  stopped(): void {
    if (this.state !== "STOPPED") this.#tell(this.#enter("STOPPED"));
  }

  /** What its members are, without telling anybody: after a takeover or a change of its members. */
  settle(): void {
    const states = new Set(this.members.map(({ state }) => state));
    for (const state of ["FAULT", "INIT", "MASTER", "BACKUP"] as const)
      if (states.has(state)) {
        this.state = state;
        return;
      }
  }

  #enter(state: GroupState): GroupState {
    const from = this.state;
    this.state = state;
    return from;
  }

  #say(state: string): void {
    const text = `VRRP_Group(${this.name}) Syncing instances to ${state} state`;
    this.#emit({ kind: "log", level: "info", detail: false, text });
  }

  #tell(from: GroupState): void {
    if (from !== this.state) this.#emit({ kind: "group-transition", group: this.name, from, to: this.state });
  }
}
