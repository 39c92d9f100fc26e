import type { BfdInstance } from "../config/keepalived/model/index.js";
import { type BfdControl, type BfdState, bfdDiagnostics } from "../wire/index.js";

/** What is to be done, in the order of the list. */
export type BfdAction =
  | { readonly kind: "send"; readonly instance: string; readonly control: BfdControl }
  | BfdEvent
  /** A line in the real one's words. `detail`: only with `--log-detail`. */
  | {
      readonly kind: "log";
      readonly level: "info" | "warn";
      readonly detail: boolean;
      readonly text: string;
    };

/** A session that trackers are to know of. A neighbour that stops in order (AdminDown) is no failure, and no event. */
export interface BfdEvent {
  readonly kind: "event";
  readonly instance: string;
  readonly up: boolean;
  /** Who is told. */
  readonly vrrp: boolean;
  readonly checker: boolean;
}

/** Plain values: for people, and for a process that takes over. Times in milliseconds, as the clock has them. */
export interface BfdSessionSnapshot {
  readonly name: string;
  readonly neighbour: string;
  readonly state: BfdState;
  readonly remoteState: BfdState;
  readonly diagnostic: string;
  readonly remoteDiagnostic: string;
  readonly discriminator: number;
  readonly remoteDiscriminator: number;
  /** What the neighbour said, in microseconds. */
  readonly remoteMinTx: number;
  readonly remoteMinRx: number;
  readonly remoteMultiplier: number;
  readonly txInterval: number;
  readonly detectionTime: number;
  /** When its state began. */
  readonly since: number;
  readonly lastSeen?: number;
  readonly received: number;
  readonly sent: number;
  readonly refused: number;
}

const never = Number.POSITIVE_INFINITY;

/** Milliseconds as a packet has them: whole microseconds. */
const micro = (milliseconds: number) => Math.min(0xffff_ffff, Math.round(milliseconds * 1000));

/**
 * One BFD session in asynchronous mode (RFC 5880 6.8, as keepalived 2.2.7 has it), with clock and chance outside: methods
 * are told the time in milliseconds and push what is to be done. Other than keepalived it tells a change of state at once
 * instead of with its next packet (6.8.7 wants that), which in the idle rate is up to a second sooner.
 */
export class BfdSession {
  settings: BfdInstance;
  state: BfdState = "Down";
  readonly discriminator: number;
  remoteDiscriminator = 0;
  refused = 0;

  readonly #emit: (action: BfdAction) => void;
  readonly #random: () => number;
  #remoteState: BfdState = "Down";
  #diagnostic = 0;
  #remoteDiagnostic = 0;
  #remoteMinTx = 0;
  #remoteMinRx = 0;
  #remoteMultiplier = 0;
  #remoteDemand = false;
  #poll = false;
  #final = false;
  #txInterval: number;
  #remoteTxInterval = 0;
  #detectionTime = 0;
  #sendAt = never;
  #expireAt = never;
  #resetAt = never;
  #since = 0;
  #lastSeen: number | undefined;
  #received = 0;
  #sent = 0;

  /** @param random gives 0 … 1: the jitter. @param discriminator not 0, and no other session's */
  constructor(
    settings: BfdInstance,
    discriminator: number,
    emit: (action: BfdAction) => void,
    random: () => number,
  ) {
    this.settings = settings;
    this.discriminator = discriminator;
    this.#emit = emit;
    this.#random = random;
    this.#txInterval = settings.idleTx;
  }

  get name(): string {
    return this.settings.name;
  }

  /** When {@link tick} is to be called; infinite: not at all. */
  get deadline(): number {
    return Math.min(this.#sendAt, this.#expireAt, this.#resetAt);
  }

  /** What trackers begin with is told, too. */
  start(now: number): void {
    this.#since = now;
    this.#tell();
    if (!this.settings.passive) this.#sendNow(now);
  }

  /** Goes on for a process that died, with its discriminators, so that the neighbour notices nothing. */
  resume(snapshot: BfdSessionSnapshot, now: number): void {
    this.state = snapshot.state === "AdminDown" ? "Down" : snapshot.state;
    this.#remoteState = snapshot.remoteState;
    this.#diagnostic = Math.max(0, bfdDiagnostics.indexOf(snapshot.diagnostic as "No Diagnostic"));
    this.remoteDiscriminator = snapshot.remoteDiscriminator;
    this.#remoteMinTx = snapshot.remoteMinTx;
    this.#remoteMinRx = snapshot.remoteMinRx;
    this.#remoteMultiplier = snapshot.remoteMultiplier;
    this.#txInterval = snapshot.txInterval;
    this.#remoteTxInterval = Math.max(this.settings.minRx, snapshot.remoteMinTx / 1000);
    this.#detectionTime = snapshot.detectionTime;
    this.#since = snapshot.since;
    this.#lastSeen = snapshot.lastSeen;
    this.#received = snapshot.received;
    this.#sent = snapshot.sent;
    if (this.state === "Up" || this.state === "Init") this.#expireAt = now + this.#detectionTime;
    else if (this.remoteDiscriminator !== 0) this.#resetAt = now + this.#detectionTime;
    this.#tell();
    if (!this.settings.passive || this.state !== "Down") this.#sendNow(now);
  }

  /** Tells the neighbour that this is no failure; nothing is sent or heard afterwards. */
  stop(now: number): void {
    const known = this.state === "Up" || this.state === "Init";
    this.#enter("AdminDown", 7, now);
    if (known) this.#send();
    this.#sendAt = this.#expireAt = this.#resetAt = never;
  }

  /** New settings of the same neighbour: a session that is up stays up, and has its times changed by a Poll (6.8.3). */
  reconfigure(settings: BfdInstance, now: number): void {
    const before = this.settings;
    this.settings = settings;
    if (settings.minTx !== before.minTx || settings.minRx !== before.minRx) {
      if (this.state === "Up") this.#startPoll();
      // Faster sending may begin at once; slower only when the neighbour has confirmed it.
      if (this.state === "Up" && settings.minTx < before.minTx) this.#updateTx();
    }
    if (this.state !== "Up") this.#idle();
    if (this.#sendAt !== never || !settings.passive) this.#sendNow(now);
  }

  /** A control packet that is this session's. */
  received(control: BfdControl, now: number): void {
    if (this.state === "AdminDown") return;
    this.#received += 1;
    const txBefore = this.#txInterval;
    this.remoteDiscriminator = control.mine;
    this.#remoteState = control.state;
    this.#remoteDiagnostic = control.diagnostic;
    this.#remoteMinRx = control.minRx;
    this.#remoteMinTx = control.minTx;
    this.#remoteDemand = control.demand;
    this.#remoteMultiplier = control.multiplier;
    this.#lastSeen = now;
    if (control.final) this.#poll = false;
    if (this.state !== "Up" || control.poll || control.final) {
      if (this.#remoteState === "Up" && (this.state === "Up" || this.state === "Init")) this.#updateTx();
      else this.#idle();
      this.#remoteTxInterval = Math.max(this.settings.minRx, control.minTx / 1000);
    }
    this.#updateDetection();
    if (this.#txInterval < txBefore && this.#sendAt !== never) this.#schedule(now);
    const before = this.state;
    this.#follow(now);
    if (this.state === "Up" || this.state === "Init") this.#expireAt = now + this.#detectionTime;
    this.#setSending(now);
    if (control.poll) this.#final = true;
    if (control.poll || (this.state !== before && this.#sendAt !== never)) this.#sendNow(now);
  }

  tick(now: number): void {
    if (this.#expireAt <= now) {
      const silent = now - (this.#lastSeen ?? now);
      const over = Math.max(0, Math.round((silent - this.#detectionTime) * 1000));
      if (this.state === "Up")
        this.#log("warn", `(${this.name}) Expired after ${Math.round(silent)} ms (${over} usec overdue)`);
      this.remoteDiscriminator = 0;
      this.#down(1, now);
      if (this.#sendAt !== never) this.#sendNow(now);
    }
    if (this.#resetAt <= now) {
      this.#resetAt = never;
      this.remoteDiscriminator = this.#remoteDiagnostic = 0;
      this.#remoteState = "Down";
      this.#remoteDemand = this.#poll = this.#final = false;
      this.#idle();
    }
    if (this.#sendAt <= now) this.#sendNow(now);
  }

  snapshot(): BfdSessionSnapshot {
    const { name, neighbour } = this.settings;
    return {
      name,
      neighbour: neighbour.toString(),
      state: this.state,
      remoteState: this.#remoteState,
      diagnostic: bfdDiagnostics[this.#diagnostic]!,
      remoteDiagnostic: bfdDiagnostics[this.#remoteDiagnostic] ?? "Unknown",
      discriminator: this.discriminator,
      remoteDiscriminator: this.remoteDiscriminator,
      remoteMinTx: this.#remoteMinTx,
      remoteMinRx: this.#remoteMinRx,
      remoteMultiplier: this.#remoteMultiplier,
      txInterval: this.#txInterval,
      detectionTime: this.#detectionTime,
      since: this.#since,
      ...(this.#lastSeen !== undefined && { lastSeen: this.#lastSeen }),
      received: this.#received,
      sent: this.#sent,
      refused: this.refused,
    };
  }

  /** The state machine of RFC 5880 6.8.6. */
  #follow(now: number): void {
    const remote = this.#remoteState;
    if (remote === "AdminDown") {
      if (this.state !== "Down") this.#down(3, now);
    } else if (this.state === "Down") {
      if (remote === "Down") this.#rise("Init", now);
      else if (remote === "Init") this.#rise("Up", now);
    } else if (this.state === "Init") {
      if (remote === "Init" || remote === "Up") this.#rise("Up", now);
    } else if (remote === "Down") this.#down(3, now);
  }

  #rise(state: "Init" | "Up", now: number): void {
    this.#enter(state, 0, now);
    this.#resetAt = never;
    if (state === "Init") return;
    this.#log("info", `(${this.name}) Entering Up state`);
    if (this.settings.idleTx !== this.settings.minTx) this.#startPoll();
    this.#tell();
  }

  #down(diagnostic: number, now: number): void {
    const wasUp = this.state === "Up";
    this.#enter("Down", diagnostic, now);
    if (wasUp) {
      const mine = bfdDiagnostics[diagnostic];
      const other = bfdDiagnostics[this.#remoteDiagnostic] ?? "Unknown";
      const why = `(Local diagnostic - ${mine}, Remote diagnostic - ${other})`;
      this.#log("warn", `(${this.name}) Entering Down state ${why}`);
    }
    this.#poll = false;
    this.#expireAt = never;
    this.#resetAt = now + this.#detectionTime;
    this.#idle();
    if (wasUp && this.#remoteState !== "AdminDown") this.#tell();
    if (this.settings.passive) {
      // A passive one is silent again, but for the word that it is down.
      if (wasUp) this.#send();
      this.#sendAt = never;
    }
  }

  #enter(state: BfdState, diagnostic: number, now: number): void {
    this.state = state;
    this.#diagnostic = diagnostic;
    this.#since = now;
  }

  /** In demand mode a neighbour wants no packets while both are up. */
  #setSending(now: number): void {
    const silent = this.#remoteDemand && this.state === "Up" && this.#remoteState === "Up";
    if (silent) this.#sendAt = never;
    else if (this.#sendAt === never && (!this.settings.passive || this.state !== "Down")) this.#schedule(now);
  }

  #startPoll(): void {
    this.#log("info", `(${this.name}) Starting poll sequence`, true);
    // With an F bit the new times go out already.
    if (!this.#final) this.#poll = true;
  }

  #updateTx(): void {
    this.#txInterval = Math.max(this.settings.minTx, this.#remoteMinRx / 1000);
  }

  /** Not faster than once in idle_tx while the session isn't up (6.8.3). */
  #idle(): void {
    this.#txInterval = Math.max(this.settings.idleTx, this.#remoteMinRx / 1000);
  }

  #updateDetection(): void {
    const before = this.#detectionTime;
    this.#detectionTime = this.#remoteMultiplier * this.#remoteTxInterval;
    if (before === this.#detectionTime) return;
    const text = `Detection time is ${micro(this.#detectionTime)} us (was ${micro(before)} us)`;
    this.#log("info", `(${this.name}) ${text}`, true);
  }

  #sendNow(now: number): void {
    this.#send();
    this.#schedule(now);
  }

  /** Each interval is 10 to 25 % shorter, so that routers don't beat together (6.8.7). */
  #schedule(now: number): void {
    this.#sendAt = now + this.#txInterval * (1 - (0.1 + 0.15 * this.#random()));
  }

  #send(): void {
    const { settings, state } = this;
    if (this.#poll && this.#final) this.#poll = false;
    this.#sent += 1;
    this.#emit({
      kind: "send",
      instance: this.name,
      control: {
        state,
        diagnostic: this.#diagnostic,
        poll: this.#poll,
        final: this.#final,
        controlPlaneIndependent: false,
        demand: false,
        multiplier: settings.multiplier,
        mine: this.discriminator,
        yours: this.remoteDiscriminator,
        minTx: micro(state === "Up" ? settings.minTx : settings.idleTx),
        minRx: micro(settings.minRx),
        minEchoRx: 0,
      },
    });
    this.#final = false;
  }

  #tell(): void {
    const { name, vrrp, checker } = this.settings;
    const both = !vrrp && !checker;
    const up = this.state === "Up";
    this.#emit({ kind: "event", instance: name, up, vrrp: vrrp || both, checker: checker || both });
  }

  #log(level: "info" | "warn", text: string, detail = false): void {
    this.#emit({ kind: "log", level, detail, text });
  }
}
