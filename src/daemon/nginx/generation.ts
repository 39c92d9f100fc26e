import { diskWorld } from "../../config/haproxy/disk-world.js";
import { masterProcess } from "../../config/nginx/directives/core.js";
import type { Diagnostic } from "../../config/nginx/index.js";
import type { Level } from "../../nginx/log/error-log.js";
import { unequalMasks } from "./affinity.js";
import { StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import { closeUpstreams, type NginxOptions, type Prepared, prepare, read } from "./prepare.js";
import { type Recording, recordingWorld } from "./recorded-world.js";
import { SharedZones } from "./shared-zones.js";
import { Sockets } from "./sockets.js";

/** A configuration that was read, compiled and bound: what nginx calls a cycle. */
export interface Generation {
  readonly prepared: Prepared;
  readonly recording: Recording;
  readonly sockets: Sockets;
  readonly zones: SharedZones;
}

const levels: Readonly<Record<Diagnostic["severity"], Level>> = {
  emerg: "emerg",
  warn: "warn",
  note: "notice",
};

export interface GenerationOptions {
  readonly options: NginxOptions;
  readonly journal: Journal;
  /** Whose sockets are taken over. */
  readonly before?: Generation;
  /** Sockets that an old master has handed over. */
  readonly inherited?: Sockets;
  /** Says what was found in the file; by default the journal does. */
  readonly tell?: (diagnostics: readonly Diagnostic[]) => void;
  /** Whether it is to serve in this process, or is only a check of it; by default `master_process` says. */
  readonly serves?: boolean;
}

/** Reads, compiles and binds. Nothing of it is left where that fails, which is told. */
export async function newGeneration(of: GenerationOptions): Promise<Generation | undefined> {
  const { options, journal, before } = of;
  const recording: Recording = new Map();
  const world = recordingWorld(diskWorld, recording);
  const result = read(options, world);
  const { diagnostics } = result;
  if (of.tell) of.tell(diagnostics);
  else for (const { severity, printed } of diagnostics) journal.write(levels[severity], printed);
  if (!result.ok) return undefined;
  const serves = of.serves ?? !result.main.value(masterProcess);
  const zones = new SharedZones({ before: before?.zones, isFirst: serves });
  let prepared: Prepared | undefined;
  try {
    prepared = prepare(result, options, world, zones);
    if (journal.starting) journal.goTo(prepared.errorLog, prepared.logsToTerminal);
    const { affinity, workers } = prepared.settings;
    const unequal = unequalMasks(affinity, workers);
    if (unequal !== undefined) journal.write("warn", unequal);
    const sockets = await Sockets.open(prepared.listens, before?.sockets ?? of.inherited, {
      journal,
      workers,
    });
    of.inherited?.leave(sockets);
    if (!serves) closeUpstreams(prepared);
    return { prepared, recording, sockets, zones };
  } catch (error) {
    zones.dropped();
    if (!(error instanceof StartFailure)) throw error;
    journal.write("emerg", error.message);
    if (prepared !== undefined) drop(prepared);
    return undefined;
  }
}

/** It isn't used after all: closes what isn't also that one's which goes on. */
export function dropGeneration({ prepared, sockets, zones }: Generation, goesOn: Generation): void {
  sockets.replaced(goesOn.sockets);
  zones.dropped();
  prepared.files.close();
}

/** Another one serves now: closes what that one hasn't taken over. */
export function leaveGeneration({ sockets, zones }: Generation, next: Generation): void {
  sockets.replaced(next.sockets);
  zones.replaced(next.zones);
}

function drop(prepared: Prepared): void {
  closeUpstreams(prepared);
  prepared.files.close();
}
