import type { Findings } from "../findings.js";
import type { Statement } from "../grammar/statement.js";
import type {
  AddressEntry,
  BfdInstance,
  InterfaceDelays,
  RouteEntry,
  RuleEntry,
  SslSettings,
  TrackFile,
  TrackGroup,
  TrackProcess,
  VirtualServerGroup,
  VrrpScript,
} from "../model/index.js";
import type { UserAnswer, World } from "../source/world.js";
import { type GlobalDraft, newGlobal } from "./global-draft.js";
import type { InstanceDraft, SyncGroupDraft } from "./instance-draft.js";
import type { VirtualServerDraft } from "./server-draft.js";

/** A value whose fields are being filled in. */
export type Draft<T> = { -readonly [K in keyof T]?: T[K] | undefined };

/** garp_group: interfaces that share pauses between gratuitous ARPs, in milliseconds. */
export interface GarpGroup {
  interval?: number | undefined;
  naInterval?: number | undefined;
  readonly interfaces: string[];
}

/** What has been read of a configuration so far, and whom to ask and tell. */
export class Reading {
  readonly global: GlobalDraft = newGlobal();
  readonly staticAddresses: AddressEntry[] = [];
  readonly staticRoutes: RouteEntry[] = [];
  readonly staticRules: RuleEntry[] = [];
  readonly trackGroups: TrackGroup[] = [];
  readonly garpGroups: GarpGroup[] = [];
  readonly interfaceDelays: InterfaceDelays[] = [];
  readonly instances: InstanceDraft[] = [];
  readonly syncGroups: SyncGroupDraft[] = [];
  readonly scripts: VrrpScript[] = [];
  readonly trackFiles: TrackFile[] = [];
  readonly trackProcesses: TrackProcess[] = [];
  readonly bfdInstances: BfdInstance[] = [];
  readonly virtualServers: VirtualServerDraft[] = [];
  readonly virtualServerGroups: VirtualServerGroup[] = [];
  ssl: Draft<SslSettings> | undefined;
  /** Preferences that rules get that say none, downwards. */
  readonly nextPreference = { 4: 32765, 6: 32765 };
  #defaultUser: UserAnswer | "failed" | undefined;

  constructor(
    readonly findings: Findings,
    readonly world: World,
  ) {}

  /** Sets script_user; false if there is no such user or group. */
  setScriptUser(name: string, group: string | undefined): boolean {
    const user = this.userAndGroup(name, group);
    this.#defaultUser = user ?? "failed";
    this.global.scriptUser = user;
    return user !== undefined;
  }

  /**
   * Whom a script runs as that names no user: script_user, else keepalived_script, else the user that we are (an error
   * where script security is on).
   */
  defaultScriptUser(statement: Statement): UserAnswer | undefined {
    if (this.#defaultUser === undefined) {
      const user = this.world.user("keepalived_script");
      if (!user && this.global.scriptSecurity) {
        this.#defaultUser = "failed";
        this.findings.add(
          statement.word.at,
          "script-user",
          "Unable to set default user keepalived_script for script",
          {
            remedy: "Make a user keepalived_script, or name one with script_user in global_defs.",
          },
        );
      } else {
        this.#defaultUser = user ?? this.world.ownUser();
        if (user) this.global.scriptUser = user;
      }
    }
    return this.#defaultUser === "failed" ? undefined : this.#defaultUser;
  }

  userAndGroup(name: string, group: string | undefined): UserAnswer | undefined {
    const user = this.world.user(name);
    if (!user) return undefined;
    if (group === undefined) return user;
    const gid = this.world.group(group);
    return gid === null ? undefined : { ...user, gid };
  }

  /** Notes that a network interface is not there, if this world can tell; true unless it is known to be missing. */
  interfaceExists(name: string): boolean {
    return this.global.dynamicInterfaces !== "no" || this.world.interface(name) !== null;
  }
}

/** Reads one keyword into what it belongs to. */
export type Reader<D> = (draft: D, statement: Statement, reading: Reading) => void;
export type Readers<D> = Readonly<Record<string, Reader<D>>>;

/** Reads the statements of a block; a keyword without a reader does nothing. */
export function readAll<D>(
  readers: Readers<D>,
  draft: D,
  statements: readonly Statement[],
  reading: Reading,
): void {
  for (const statement of statements) {
    if (statement.guess) tryGuess(readers, draft, statement.guess, reading);
    if (!statement.keyword) continue;
    const reader = Object.hasOwn(readers, statement.keyword.name)
      ? readers[statement.keyword.name]
      : undefined;
    reader?.(draft, statement, reading);
  }
}

/** A value without the fields that are undefined. */
export function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as never;
}

/** Reads what was probably meant for what is wrong in it; nothing of it stays. */
function tryGuess<D>(readers: Readers<D>, draft: D, guess: Statement, reading: Reading): void {
  const reader =
    guess.keyword && Object.hasOwn(readers, guess.keyword.name) ? readers[guess.keyword.name] : undefined;
  if (!reader) return;
  if (draft instanceof Reading) {
    const scratch = new Reading(reading.findings, reading.world);
    scratch.scripts.push(...reading.scripts);
    scratch.trackFiles.push(...reading.trackFiles);
    scratch.trackProcesses.push(...reading.trackProcesses);
    scratch.bfdInstances.push(...reading.bfdInstances);
    scratch.trackGroups.push(...reading.trackGroups);
    reader(scratch as D, guess, scratch);
  } else reader(scratchOf(draft), guess, reading);
}

/** A copy of a draft whose lists are copies too. */
function scratchOf<D>(draft: D): D {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(draft as object))
    copy[name] = Array.isArray(value) ? [...value] : value;
  return copy as D;
}
