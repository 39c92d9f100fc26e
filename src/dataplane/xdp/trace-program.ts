import {
  constant32,
  context,
  give,
  globalSubprogram,
  type Hook,
  now,
  type Packet,
  Packet as PacketOf,
  pointer,
  type U32,
  u32,
  unlikely,
  type Variable,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { Course, Fate, noServer } from "./capture-record.js";
import { tickNow } from "./clock.js";
import { copyAddresses } from "./entry-addresses.js";
import type { AttemptView, EntryView } from "./flow.js";
import { Attempt } from "./layout.js";
import {
  captured,
  captures,
  copyFrame,
  endingBy,
  frameLength,
  isCapturing,
  type Recorder,
} from "./recorder.js";
import { tellCandidates, tellChosen } from "./trace-candidates.js";
import { goOnIfFits, goOnIfOf, goOnIfWanted } from "./trace-filter.js";
import { traceFilter } from "./trace-maps.js";
import {
  here,
  noteAfter,
  noteFound,
  noteService,
  noteTemplate,
  reached,
  type TracedView,
} from "./trace-notes.js";
import { cameBytes, leftBytes, Stage, TraceRecord } from "./trace-record.js";

/** What a director's program that follows packets tells beside what a recorder does. */
export interface Tracer extends Recorder {
  /** A packet's flow is known: follows it from here on if it is wanted. */
  begin(packet: Packet, attempt: () => AttemptView): void;
  found(entry: EntryView): void;
  /** The connection of the alias that was found. */
  owner(entry: EntryView): void;
  made(entry: EntryView): void;
  after(entry: EntryView): void;
  service(number: U32): void;
  template(entry: EntryView, made: boolean): void;
  /** What stands around a scheduler's choice for a service. */
  choice(number: U32, request: View, choose: () => U32): U32;
}

/**
 * Makes what follows packets at a hook: a record of the whole way of each, from the frame that came to the one that left.
 * It stands in place of the recorder, and works by the same switch (`capturing`) and the same ring.
 */
export function tracer(hook: Hook): Tracer {
  const { pass, drop } = verdictsOf[hook];

  /** Begins a record; nothing of the packet may have been changed. */
  const start = (ctx: View, mine: TracedView) => {
    const { record } = mine;
    captured.lookup(constant32(0)).whenFound((noted) => {
      noted.head.reason = constant32(0);
    });
    const length = frameLength(hook, ctx);
    const present = copy(hook, ctx, record.came.at(0), cameBytes, length);
    record.head.set({
      at: now(),
      device: PacketOf.of(hook, ctx, 0).device,
      length,
      present: present.value,
      leftLength: constant32(0),
      leftPresent: constant32(0),
    });
    record.stages = constant32(0);
    mine.pending = constant32(1);
  };

  const keep = globalSubprogram("keep_traced", [context], u32, (ctx) => {
    const mine = here();
    mine.pending = constant32(0);
    const tick = tickNow();
    goOnIfWanted(mine, tick);
    mine.record.tick = tick;
    start(ctx, mine);
  });

  const begin = globalSubprogram("begin_trace", [context, pointer(Attempt)], u32, (ctx, attempt) => {
    const mine = here();
    mine.pending = constant32(0);
    goOnIfFits(attempt);
    goOnIfWanted(mine, attempt.tick);
    start(ctx, mine);
    const { record } = mine;
    record.flow.ports = attempt.ports;
    copyAddresses(record.flow, attempt);
    record.tick = attempt.tick;
    record.event = attempt.event;
    reached(record, Stage.flow);
  });

  const tell = globalSubprogram(
    "tell_traced",
    [context, u32, u32, u32],
    u32,
    (ctx, verdict, server, course) => {
      const mine = here();
      when(mine.pending.is(0), () => give(0));
      mine.pending = constant32(0);
      const { record } = mine;
      const { head } = record;
      const noted = captured.lookup(constant32(0)).otherwise(() => give(0));
      const reason = noted.head.reason;
      const fate = variable(constant32(Fate.sent));
      when(verdict.is(constant32(pass)), () => {
        const isNobodys = server.is(constant32(noServer)).and(reason.is(0));
        when(isNobodys.and(traceFilter.here.all.is(0)), () => give(0));
        fate.set(constant32(Fate.passed));
      });
      when(verdict.is(drop), () => fate.set(constant32(Fate.dropped)));
      goOnIfOf(record, server);
      head.set({ server, course, fate: fate.value, reason });
      when(fate.value.is(Fate.sent), () => {
        const length = frameLength(hook, ctx);
        const left = copy(hook, ctx, record.left.at(0), leftBytes, length);
        head.set({ leftLength: length, leftPresent: left.value });
      });
      mine.sent = mine.sent.add(1);
      const size = variable(constant32(TraceRecord.offsetOf("candidates")));
      when(record.stages.and(Stage.scheduled).isNot(0), () => size.set(constant32(TraceRecord.size)));
      when(captures.send(record, size.value).isNot(0), () => {
        mine.lost = mine.lost.add(1);
      });
    },
  );

  const end = endingBy(tell);
  const whileTracing = (body: () => void) => unlikely(isCapturing(), body);
  const made: Tracer = {
    keep: (packet) => whileTracing(() => void keep(packet.context)),
    tell: (packet, verdict, about = {}) => {
      whileTracing(() => end(packet, verdict, about));
      return verdict;
    },
    around: (packet, about, decide) => {
      // Of all others the flow is known, and their records have begun.
      if (about.course === Course.error) made.keep(packet);
      packet.end(made.tell(packet, decide(), about));
    },
    watched: (packet, about) => packet.onEnd((verdict) => end(packet, verdict, about)),

    begin: (packet, attempt) => whileTracing(() => void begin(packet.context, attempt())),
    found: (entry) => whileTracing(() => void noteFound(entry, Stage.found)),
    owner: (entry) => whileTracing(() => void noteFound(entry, Stage.found | Stage.reply)),
    made: (entry) => whileTracing(() => void noteAfter(entry, Stage.made)),
    after: (entry) => whileTracing(() => void noteAfter(entry, Stage.after)),
    service: (number) => whileTracing(() => void noteService(number)),
    template: (entry, made) =>
      whileTracing(() => void noteTemplate(entry, made ? Stage.templateMade : Stage.template)),
    choice: (number, request, choose) => {
      whileTracing(() => void tellCandidates(number, request));
      const chosen = choose();
      whileTracing(() => void tellChosen(number, chosen));
      return chosen;
    },
  };
  return made;
}

/** Copies the frame's beginning; how much that was. */
function copy(hook: Hook, ctx: View, place: View, most: number, length: U32): Variable<U32> {
  const present = variable(length);
  when(present.value.above(most), () => present.set(constant32(most)));
  copyFrame(hook, ctx, () => place, present);
  return present;
}
