import { type BpfProgram, loadWritten, testRun } from "../../bpf/index.js";
import { awaitRunningPrograms } from "../../sys/index.js";
import { givenBy, givenSecrets } from "./given.js";
import type { HostNetwork } from "./host-network.js";
import { tablePhases } from "./layout.js";
import { merger, repointer } from "./merger.js";
import { mover } from "./mover.js";
import { replaceAll } from "./replace-all.js";
import { startSweeper } from "./start-sweeper.js";
import type { DirectorState } from "./state.js";
import { forgetTables, makeNextTable, tablesNumber, tablesOf } from "./table-maps.js";
import { type GrowingShape, Task } from "./walker.js";

/** What is told while entries move: how many have, and which share of the table has been walked through (0 to 1). */
export type Tell = (moved: number, share: number) => void;

/** Buckets that one run of a program walks through: some milliseconds, and so long a kill waits. */
const portion = 8192;
/** Packets change an entry now and then just when it is to move: so often all of those that stayed are tried once more. */
const walks = 8;

/** Whether the connection table is being replaced, or was by somebody who was killed. */
export const isGrowing = (state: DirectorState): boolean => state.tableShape.former !== undefined;

/**
 * Gives the connection table so many buckets (a power of two, more than it has), while packets go on. Needs the lock. Gives how
 * many entries are still in the former table because the new one has no free place for them: until {@link goOn} has moved them
 * there are two tables, and all goes on with both. What fails before anything was moved leaves all as it was.
 *
 * A kill at any moment leaves a state in which all goes on, and from which {@link goOn} goes on: the number `tables` of the
 * settings says how far it is, each of its changes is one store, and each step can be done again.
 */
export function grow(
  state: DirectorState,
  host: HostNetwork,
  buckets: number,
  tell: Tell = () => {},
): number {
  const { epoch } = tablesOf(state.settings.tables);
  const { buckets: former } = state.tableShape;
  try {
    makeNextTable(state.folder, epoch + 1, buckets, former);
  } catch (error) {
    forgetTables(state.folder, tablesOf(state.settings.tables));
    throw error;
  }
  setPhase(state, epoch + 1, tablePhases.announced);
  return goOn(state, host, tell);
}

/** Goes on with a growth where it is. */
export function goOn(state: DirectorState, host: HostNetwork, tell: Tell = () => {}): number {
  announce(state, host);
  const { epoch, phase } = tablesOf(state.settings.tables);
  // From here on every packet's program looks into both tables.
  awaitRunningPrograms();
  if (phase === tablePhases.announced) setPhase(state, epoch, tablePhases.moving);
  // From here on nobody makes anything in the former one.
  awaitRunningPrograms();
  const left = moveAll(state, tell);
  if (left > 0) return left;
  // From here on nobody looks into the former one, nor has what means an entry there.
  const { buckets, odd = false } = state.tableShape;
  const table = { shape: { buckets, odd }, maps: state.maps };
  replaceAll(state, host, table);
  startSweeper(table);
  awaitRunningPrograms();
  setPhase(state, epoch, tablePhases.one);
  forgetTables(state.folder, tablesOf(state.settings.tables));
  return 0;
}

/** Lets all programs know of both tables; if some can't, all is again as it was, unless connections have been made in both. */
function announce(state: DirectorState, host: HostNetwork): void {
  const { epoch, phase } = tablesOf(state.settings.tables);
  const both = state.knownTable;
  try {
    startSweeper(both);
    replaceAll(state, host, both);
  } catch (error) {
    if (phase !== tablePhases.announced) throw error;
    const before = {
      shape: { buckets: both.shape.former!, odd: !both.shape.odd },
      maps: { ...both.maps, connections: both.maps["former"]! },
    };
    replaceAll(state, host, before);
    startSweeper(before);
    // Who knows of both takes from the phase where connections are made.
    awaitRunningPrograms();
    setPhase(state, epoch - 1, tablePhases.one);
    forgetTables(state.folder, tablesOf(state.settings.tables));
    throw error;
  }
}

/** Moves what can be moved; gives how many entries stayed. */
function moveAll(state: DirectorState, tell: Tell): number {
  const shape = state.tableShape as GrowingShape;
  const run = <T>(program: Parameters<typeof loadWritten>[0], work: (program: BpfProgram) => T): T => {
    const loaded = loadWritten(program, state.maps, { given: givenBy(state), madeOf: shape });
    try {
      return work(loaded);
    } finally {
      loaded.close();
    }
  };
  let moved = 0;
  let left = run(mover(shape, givenSecrets), (program) => {
    for (let i = 1; ; i++) {
      const { left, done } = walk(program, shape.former, (done, share) => tell(moved + done, share));
      moved += done;
      if (left === 0 || i === walks) return left;
    }
  });
  // Who found an entry before it was moved is done with it now: what he wrote there is there to see.
  awaitRunningPrograms();
  run(merger(shape), (program) => walk(program, shape.former));
  const still = run(repointer(shape), (program) => {
    for (let i = 1; ; i++) {
      const { left } = walk(program, shape.buckets);
      if (left === 0 || i === walks) return left;
    }
  });
  left += still;
  // Who read a reference before it was changed is done with it.
  awaitRunningPrograms();
  return left;
}

/** Lets a program walk through so many buckets. */
function walk(program: BpfProgram, buckets: number, tell: Tell = () => {}): { done: number; left: number } {
  const sum = { done: 0, left: 0 };
  for (let from = 0; from < buckets; from += portion) {
    const task = Task.encode({ from, count: Math.min(portion, buckets - from) });
    const { done, left } = Task.over(testRun(program, { packet: task }).packet);
    sum.done += done;
    sum.left += left;
    tell(sum.done, Math.min(1, (from + portion) / buckets));
  }
  return sum;
}

function setPhase(state: DirectorState, epoch: number, phase: number): void {
  state.settings.tables = tablesNumber({ epoch, phase });
  state.refresh();
}
