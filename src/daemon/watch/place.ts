import type { ServerStatus, ServiceId } from "../../ipvs/model.js";
import { beginning } from "./options.js";

/** What is kept of a server in a service while no watch runs, so that its configured weight is never lost. */
export interface KeptPlace {
  /** What somebody has configured. */
  readonly configured: number;
  /** The weights in the table that are ours: another one was configured by somebody. */
  readonly ours: readonly number[];
  /** How far its slow start is, in milliseconds. */
  readonly started?: number;
  /** Whether its checks had failed. */
  readonly failed?: true;
  /** How long ago it was deleted, in milliseconds. */
  readonly gone?: number;
}

/** A server in a service, and what its weight has to do with us. Pure. */
export class WatchedPlace {
  readonly key: string;
  readonly service: ServiceId;
  /** As it was when it was looked at last. */
  server: ServerStatus;
  configured: number;
  /** The weights that we gave it: more than one while a change is on its way. */
  ours: readonly number[];
  /** Whether another command of ours (drain, slow-start) is at work on it. */
  held = false;
  /** Whether it takes no part, whoever says so. */
  out: boolean;
  /** When its slow start began. */
  startedAt: number | undefined;

  constructor(key: string, service: ServiceId, server: ServerStatus, now: number, kept?: KeptPlace) {
    this.key = key;
    this.service = service;
    this.server = server;
    const known = kept?.ours.includes(server.weight) ? kept : undefined;
    this.configured = known?.configured ?? server.weight;
    this.ours = [server.weight];
    this.out = known !== undefined && known.configured > 0 && server.weight === 0;
    this.startedAt = known?.started === undefined ? undefined : now - known.started;
  }

  /** Looks at it again. True if somebody has configured another weight. `note` is what a drain or slow start has left. */
  see(server: ServerStatus, note: number | undefined): boolean {
    this.server = server;
    const { weight } = server;
    this.held = note !== undefined;
    if (note !== undefined) {
      // A slow start is on its way to its note. A note of what was ours says nothing new.
      if (note <= weight || weight === 0 || this.ours.includes(note) || note === this.configured)
        return false;
      this.configured = note;
      return true;
    }
    if (this.ours.includes(weight)) {
      this.ours = [weight];
      return false;
    }
    const configuredAnew = weight !== this.configured;
    this.configured = weight;
    this.ours = [weight];
    this.startedAt = undefined;
    return configuredAnew;
  }

  /** Begins the slow start of a server that comes back, and ends that of one that goes. */
  turn(out: boolean, now: number, slowStart: number): void {
    if (out === this.out) return;
    this.out = out;
    this.startedAt = out || slowStart === 0 ? undefined : now;
  }

  /** The weight of one that takes part: that percentage of the configured one, and less while it starts. */
  share(percent: number, now: number, slowStart: number): number {
    const whole = partOf(this.configured, percent / 100, Math.round);
    if (this.startedAt === undefined) return whole;
    const done = (now - this.startedAt) / slowStart;
    if (!(done < 1)) {
      this.startedAt = undefined;
      return whole;
    }
    return partOf(whole, Math.max(beginning, done), Math.ceil);
  }

  /** What has to be kept, unless the weight in the table is the configured one. */
  kept(now: number, failed: boolean): KeptPlace | undefined {
    if (this.ours.every((weight) => weight === this.configured)) return undefined;
    return {
      configured: this.configured,
      ours: this.ours,
      ...(this.startedAt !== undefined && { started: Math.round(now - this.startedAt) }),
      ...(failed && { failed }),
    };
  }
}

/** A part of a weight, which is not 0 unless the weight is. */
function partOf(weight: number, part: number, round: (value: number) => number): number {
  if (weight === 0) return 0;
  return Math.min(weight, Math.max(1, round(weight * part)));
}
