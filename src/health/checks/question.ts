import type {
  Check,
  RealServer,
  ScriptCommand,
  SslSettings,
  VirtualServer,
} from "../../config/keepalived/model/index.js";
import type { ReadySet, ScriptResult } from "../../sys/index.js";
import type { Answer } from "./answer.js";

/** What is asked, once: a check of a real server. */
export interface Question<C extends Check = Check> {
  readonly check: C;
  readonly virtual: VirtualServer;
  readonly server: RealServer;
  /** HTTP_GET and SSL_GET: which of the urls. */
  readonly url: number;
}

/** A check of some kinds. */
export type CheckOf<Kind extends Check["kind"]> = Extract<Check, { kind: Kind }>;

/** What runs programs: runScript of src/sys. */
export type RunScript = (
  command: ScriptCommand,
  options: { timeout?: number; signal?: AbortSignal; killAfter?: number },
) => Promise<ScriptResult>;

/** What asking needs of its surroundings. */
export interface AskWorld {
  readonly runScript: RunScript;
  /** Where sockets that Node doesn't know wait. */
  readonly sockets: () => ReadySet;
  readonly ssl?: SslSettings;
}

/** Asks once. Never rejects, and ends within a bound that the check's connect timeout gives; early when the signal comes. */
export type Ask = (question: Question, world: AskWorld, signal: AbortSignal) => Promise<Answer>;
