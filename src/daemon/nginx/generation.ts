import { diskWorld } from "../../config/haproxy/disk-world.js";
import type { Diagnostic } from "../../config/nginx/index.js";
import type { Level } from "../../nginx/log/error-log.js";
import { StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import { closeUpstreams, type NginxOptions, type Prepared, prepare, read } from "./prepare.js";
import { type Recording, recordingWorld } from "./recorded-world.js";
import { Sockets } from "./sockets.js";

/** A configuration that was read, compiled and bound: what nginx calls a cycle. */
export interface Generation {
  readonly prepared: Prepared;
  readonly recording: Recording;
  readonly sockets: Sockets;
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
  let prepared: Prepared | undefined;
  try {
    prepared = prepare(result, options, world);
    if (journal.starting) journal.goTo(prepared.errorLog, prepared.logsToTerminal);
    const sockets = await Sockets.open(prepared.listens, before?.sockets, { journal });
    if (!(of.serves ?? !prepared.settings.masterProcess)) closeUpstreams(prepared);
    return { prepared, recording, sockets };
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    journal.write("emerg", error.message);
    if (prepared !== undefined) drop(prepared);
    return undefined;
  }
}

function drop(prepared: Prepared): void {
  closeUpstreams(prepared);
  prepared.files.close();
}
