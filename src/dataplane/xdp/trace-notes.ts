import {
  constant32,
  give,
  globalSubprogram,
  pointer,
  type StructView,
  u32,
  u64,
  when,
} from "../../asm/index.js";
import { copyAddresses } from "./entry-addresses.js";
import type { EntryView } from "./flow.js";
import { Entry } from "./layout.js";
import { traced } from "./trace-maps.js";
import { Stage, type Traced, type TraceRecord } from "./trace-record.js";

export type TracedView = StructView<(typeof Traced)["shape"]>;
export type RecordView = StructView<(typeof TraceRecord)["shape"]>;

/** What this CPU follows. */
export const here = (): TracedView => traced.lookup(constant32(0)).otherwise(() => give(0));
/** The record of the packet that is being followed; there is none for most. */
function recordHere(): RecordView {
  const mine = here();
  when(mine.pending.is(0), () => give(0));
  return mine.record;
}
/** Notes that a packet has come so far. */
export const reached = (record: RecordView, stage: number) => {
  record.stages = record.stages.or(stage);
};

export const noteFound = globalSubprogram("trace_found", [pointer(Entry), u32], u32, (entry, stage) => {
  const record = recordHere();
  record.stages = record.stages.or(stage);
  glance(record.before, entry);
  record.connection.ports = entry.read(u64, "clientPort");
  copyAddresses(record.connection, entry);
});

export const noteAfter = globalSubprogram("trace_after", [pointer(Entry), u32], u32, (entry, stage) => {
  const record = recordHere();
  record.stages = record.stages.or(stage);
  glance(record.after, entry);
});

export const noteService = globalSubprogram("trace_service", [u32], u32, (number) => {
  const record = recordHere();
  reached(record, Stage.service);
  record.service = number;
});

export const noteTemplate = globalSubprogram("trace_template", [pointer(Entry), u32], u32, (entry, stage) => {
  const record = recordHere();
  record.stages = record.stages.or(stage);
  record.template.ports = entry.read(u64, "clientPort");
  copyAddresses(record.template, entry);
  record.templateExpires = entry.expires;
  record.templateLife = entry.read(u32, "packets");
  record.templateUsers = entry.reference;
});

function glance(seen: RecordView["before"], entry: EntryView): void {
  seen.set({ word: entry.word, expires: entry.expires, packets: entry.packets });
}
