import type { Place } from "./place.js";

/** Whom a script runs as. */
export interface ScriptUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A program to run, with its arguments. No shell sees it. */
export interface ScriptCommand {
  /** Words, the program's path first. */
  readonly argv: readonly [string, ...string[]];
  /** Undefined: `script_user`, or who it falls back to ("keepalived_script" if there is such a user, else root). */
  readonly user?: ScriptUser;
  readonly at: Place;
}

/** The scripts of an instance or a sync group; they are given "INSTANCE"|"GROUP", name, state, priority where `generic`. */
export interface NotifyScripts {
  readonly generic?: ScriptCommand;
  readonly master?: ScriptCommand;
  readonly backup?: ScriptCommand;
  readonly fault?: ScriptCommand;
  readonly stop?: ScriptCommand;
  readonly deleted?: ScriptCommand;
  readonly masterReceivesLowerPriority?: ScriptCommand;
}

/** A FIFO that transitions are written to, and who reads it. */
export interface NotifyFifo {
  readonly path: string;
  /** Who owns the FIFO. */
  readonly user?: ScriptUser;
  /** Started with us; the FIFO's path is its last argument. */
  readonly script?: ScriptCommand;
}
