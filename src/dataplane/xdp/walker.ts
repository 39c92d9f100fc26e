import {
  callback,
  type Program,
  pointer,
  repeat,
  struct,
  type subprogram,
  type U32,
  u32,
  when,
  xdp,
} from "../../asm/index.js";
import { tickNow } from "./clock.js";
import { type Entry, entriesPerBucket } from "./layout.js";
import type { Buckets, TableShape } from "./table.js";

/** The shape of a table that grows. */
export type GrowingShape = TableShape & { readonly former: number };

/**
 * What a test run of a program here is given in the place of a packet, and gives back: the bucket to begin at and how many
 * there are to walk through, for how many entries something was done, and for how many something is left to do.
 */
export const Task = struct("Task", { from: u32, count: u32, done: u32, left: u32 }, { size: 64 });
const Part = struct("Part", { from: u32, tick: u32, done: u32, left: u32 });

/** What is to be said of an entry that was looked at. */
export const Step = { nothing: 0, done: 1, left: 2 } as const;

/** What looks at an entry at a time (ticks), and says a {@link Step}. */
type Look = (
  ...args: Parameters<ReturnType<typeof subprogram<[{ pointsTo: typeof Entry }, typeof u32], typeof u32>>>
) => U32;

/** A program that is never attached: a test run of it walks through buckets. A kill of who runs it lets it finish its run. */
export function walker(name: string, buckets: Buckets, look: Look): Program {
  const body = callback("walk", [u32, pointer(Part)], (turn, part) => {
    const bucket = buckets.at(part.from.add(turn));
    for (let i = 0; i < entriesPerBucket; i++) {
      const step = look(bucket.entries.at(i), part.tick);
      when(step.is(Step.done), () => {
        part.done = part.done.add(1);
      });
      when(step.is(Step.left), () => {
        part.left = part.left.add(1);
      });
    }
    return 0;
  });

  return xdp(name, (packet) => {
    const task = packet.header(Task, () => packet.drop());
    const part = Part.local({ from: task.from, tick: tickNow() });
    repeat(task.count, body, part);
    task.set({ done: part.done, left: part.left });
    packet.pass();
  });
}
