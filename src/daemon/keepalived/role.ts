import type { KeepalivedConfig, ScriptCommand } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";

/** The parts of keepalived that are processes of their own. */
export type RoleName = "vrrp" | "checker" | "bfd";
export const roleNames: readonly RoleName[] = ["vrrp", "checker", "bfd"];

export type InstanceState = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";

/** What a role tells of, for those who follow it: scripts, FIFOs, mail, metrics. */
export type RoleEvent =
  | {
      readonly kind: "instance";
      readonly name: string;
      readonly state: InstanceState;
      /** As it is now, tracking counted. */
      readonly priority: number;
    }
  | { readonly kind: "group"; readonly name: string; readonly state: InstanceState }
  /** A master has heard one of lower priority. */
  | { readonly kind: "lower-priority"; readonly name: string; readonly priority: number }
  /** An instance's priority has changed (vrrp_notify_priority_changes). */
  | {
      readonly kind: "priority";
      readonly name: string;
      readonly state: "MASTER" | "BACKUP";
      readonly priority: number;
    }
  /** Two masters, as one of them has found out. */
  | {
      readonly kind: "split-brain";
      readonly name: string;
      readonly other: string;
      readonly cause: string;
      readonly text: string;
    }
  | { readonly kind: "split-brain-healed"; readonly name: string }
  /** The master that is left of two says once more that it is master. */
  | { readonly kind: "again"; readonly name: string; readonly priority: number }
  | {
      readonly kind: "server";
      /** "[192.168.4.15]:tcp:80", "FWM 1" or "[GROUP]:0", as the log has it. */
      readonly virtualServer: string;
      readonly server: string;
      readonly up: boolean;
      /** notify_up or notify_down. */
      readonly script?: ScriptCommand;
    }
  | {
      readonly kind: "quorum";
      readonly virtualServer: string;
      readonly up: boolean;
      /** quorum_up or quorum_down. */
      readonly script?: ScriptCommand;
    }
  /** smtp_alert of checks: who wants it was looked at already. */
  | {
      readonly kind: "mail";
      readonly virtualServer: string;
      /** Undefined: it is about the virtual server. */
      readonly server?: string;
      readonly state: "UP" | "DOWN";
      readonly message: string;
    }
  /** A BFD session: the other workers hear of it. */
  | { readonly kind: "bfd"; readonly name: string; readonly up: boolean };

/** What a worker is told of another one's work. */
export type RoleNews = Extract<RoleEvent, { kind: "bfd" | "instance" }>;

/** What the command line says to the roles. */
export interface RoleOptions {
  /** -V: VIPs and routes stay when it stops. */
  readonly keepVips: boolean;
  /** -I: services stay when it stops. */
  readonly keepServices: boolean;
  /** -a: every address that comes or goes is logged. */
  readonly logAddresses: boolean;
  /** -D. */
  readonly detail: boolean;
}

export interface RoleContext {
  readonly config: KeepalivedConfig;
  readonly options: RoleOptions;
  readonly log: Log;
  readonly tell: (event: RoleEvent) => void;
}

/** One of the parts, as its worker runs it. It knows nothing of processes. */
export interface Role {
  /**
   * Begins. With a handover, which is the last {@link snapshot} of one that has ended without a word, it goes on where that one was:
   * a master stays master, a failed server stays failed, and nobody is told of what was told already.
   */
  start(handover?: unknown): Promise<void> | void;
  /** Goes over to another configuration; what is the same in both is not touched. */
  reload(config: KeepalivedConfig): Promise<void> | void;
  /** Ends in order, and tells of it. */
  stop(): Promise<void>;
  /** What {@link start} understands, of plain values (structuredClone). */
  snapshot(): unknown;
  /** What it is doing, of plain values: for dumps, status and metrics. */
  status(): unknown;
  hear?(news: RoleNews): void;
  clearStatistics?(): void;
}

/** Makes a role; nothing is done before its start. */
export type MakeRole = (context: RoleContext) => Role;
