import type { HostNetwork } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { needRoot } from "../sys/index.js";
import type { Action } from "./action.js";
import { holds } from "./holds.js";
import type { HostState } from "./host-state.js";
import { perform } from "./perform.js";
import { type Plan, planFor } from "./plan.js";
import { readHost, withHost } from "./read-host.js";
import { type Made, noted } from "./record.js";
import { type HeldRecord, readRecord, withRecord } from "./record-file.js";
import type { Step } from "./step.js";
import { towards } from "./towards.js";
import { undoing } from "./undo.js";
import { keyOf, undoCommand, type Wanted } from "./wanted.js";

/** A step of a plan, as it was before anything was done about it. */
export interface LookedAt {
  readonly step: Step;
  readonly held: boolean;
  readonly actions: readonly Action[];
}

/** A plan, with what each of its steps asks of this host. */
export interface Prepared extends Plan {
  readonly looked: readonly LookedAt[];
  /** The host that it is a plan for. */
  readonly state: HostState;
}

/** Is called before each change. */
type Each = (action: Action) => void;

/** Reads this host, and says what would be done: nothing is changed, and root isn't needed. */
export function prepare(wanted: Wanted): Prepared {
  return withHost((host) => {
    checkBeside(wanted, readRecord());
    return lookAt(wanted, readHost(host, usesPrograms(wanted)));
  });
}

/**
 * Makes this host a real server, in the calling thread's network namespace. What holds already is left alone, and is not taken
 * back by {@link unmake}. `each` is called before each change.
 *
 * @throws RondoError "no-root", "server-differs", those of {@link planFor}, and what the kernel refuses
 */
export function make(wanted: Wanted, each?: Each): Prepared {
  needRoot(
    "to make this host a real server needs root",
    "Run it as root; --dry-run, --print and --unit don't need it.",
  );
  return withHost((host) =>
    withRecord((record) => {
      checkBeside(wanted, record.made);
      const first = lookAt(wanted, readHost(host, usesPrograms(wanted)));
      // A module brings devices and their sysctls: only then can be said how they were.
      const modules = actionsOf(first, ({ kind }) => kind === "module");
      for (const action of modules) doIt(action, host, each);
      const state = modules.length > 0 ? readHost(host, false) : first.state;
      const prepared = modules.length > 0 ? lookAt(wanted, state) : first;
      const actions = new Map(prepared.looked.map(({ step, actions }) => [step, actions]));
      const noting = noted(record.made, prepared, actions, state);
      record.write(noting);
      try {
        for (const action of actionsOf(prepared)) doIt(action, host, each);
      } catch (error) {
        // Nothing half made: unless it was there before, and only repeated.
        if (error instanceof RondoError && !record.made.servers.has(keyOf(wanted)))
          takeBack(noting, keyOf(wanted), host, record);
        throw error;
      }
      return modules.length > 0 ? { ...prepared, looked: first.looked } : prepared;
    }),
  );
}

/** Whether programs of ours take part in what is wanted. */
const usesPrograms = (wanted: Wanted): boolean => wanted.method === "tun" && !wanted.kernel;

const hasPrograms = ({ done }: Made): boolean => [...done.values()].some(({ kind }) => kind === "tunnels");

function takeBack(
  made: Made,
  key: string,
  host: HostNetwork,
  record: HeldRecord,
  each?: Each,
): readonly Action[] {
  const { actions, left } = undoing(made, key, readHost(host, hasPrograms(made)));
  for (const action of actions) doIt(action, host, each);
  record.write(left);
  return actions;
}

const actionsOf = (prepared: Prepared, which: (step: Step) => boolean = () => true): Action[] =>
  prepared.looked.filter(({ step }) => which(step)).flatMap(({ actions }) => actions);

function doIt(action: Action, host: HostNetwork, each?: Each): void {
  each?.(action);
  perform(action, host);
}

function lookAt(wanted: Wanted, state: HostState): Prepared {
  const plan = planFor(wanted, state);
  const looked = plan.steps.map((step) => ({
    step,
    held: holds(step, state),
    actions: towards(step, state),
  }));
  return { ...plan, looked, state };
}

/** Refuses what can't be beside what this host was made already. */
function checkBeside(wanted: Wanted, { servers }: Made): void {
  for (const [key, { wanted: other }] of servers) {
    const undo = `Undo that first: ${undoCommand(other)}`;
    if (
      wanted.method === "nat" &&
      other.method === "nat" &&
      key !== keyOf(wanted) &&
      wanted.gateway.family === other.gateway.family
    )
      throw new RondoError(
        "server-differs",
        `the gateway of this host is ${other.gateway} already, by rondo realserver nat`,
        { remedy: undo },
      );
    if (
      wanted.method === "tun" &&
      other.method === "tun" &&
      key === keyOf(wanted) &&
      wanted.kernel !== other.kernel
    )
      throw new RondoError(
        "server-differs",
        `packets for ${wanted.vip} are taken out of tunnels by ${other.kernel ? "the kernel's tunl0" : "a program of ours"} already`,
        { remedy: undo },
      );
    if (wanted.vip && other.vip?.equals(wanted.vip) && (wanted.method === "nat") !== (other.method === "nat"))
      throw new RondoError(
        "server-differs",
        `this host is a real server of ${wanted.vip} by ${other.method.toUpperCase()} already`,
        { remedy: undo },
      );
  }
}

/** What taking back a server would do; undefined if this host was not made that. */
export function prepareUndo(key: string): readonly Action[] | undefined {
  return withHost((host) => {
    const made = readRecord();
    return made.servers.has(key) ? undoing(made, key, readHost(host, hasPrograms(made))).actions : undefined;
  });
}

/** Takes a server back; gives what was done, or undefined if this host was not made that. */
export function unmake(key: string, each?: Each): readonly Action[] | undefined {
  needRoot("to take back a real server needs root");
  return withHost((host) =>
    withRecord((record) => {
      if (!record.made.servers.has(key)) return undefined;
      return takeBack(record.made, key, host, record, each);
    }),
  );
}
