import {
  type Argument,
  type Condition,
  callHelper32,
  constant32,
  constant64,
  context,
  give,
  globalSubprogram,
  type Hook,
  now,
  type Packet,
  Packet as PacketOf,
  pointer,
  type StructView,
  type U32,
  type U64,
  u32,
  u64,
  unless,
  unlikely,
  type Variable,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { Course, Fate, noServer } from "./capture-record.js";
import { tickNow } from "./clock.js";
import { addressesIn, copyAddresses } from "./entry-addresses.js";
import type { AttemptView, EntryView } from "./flow.js";
import { familyOf, isIpv6, protocolOf, virtualPortOf } from "./flow.js";
import { Attempt, Entry, noService } from "./layout.js";
import { servers, services, settings } from "./maps.js";
import { type About, captured, captures, frameLength, isCapturing, type Recorder } from "./recorder.js";
import { tellCandidates, tellChosen } from "./trace-candidates.js";
import { traced, traceFilter } from "./trace-maps.js";
import { cameBytes, leftBytes, Stage, type Traced, TraceRecord } from "./trace-record.js";

type TracedView = StructView<(typeof Traced)["shape"]>;
type RecordView = StructView<(typeof TraceRecord)["shape"]>;

const here = (): TracedView => traced.lookup(constant32(0)).otherwise(() => give(0));
/** The record of the packet that is being followed; there is none for most. */
function recordHere(): RecordView {
  const mine = here();
  when(mine.pending.is(0), () => give(0));
  return mine.record;
}
const reached = (record: RecordView, stage: number) => {
  record.stages = record.stages.or(stage);
};

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

  const end = (packet: Packet, verdict: U32, { server, course = Course.request }: About): void => {
    tell(packet.context, verdict, server ?? noServer, course);
  };
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

const noteFound = globalSubprogram("trace_found", [pointer(Entry), u32], u32, (entry, stage) => {
  const record = recordHere();
  record.stages = record.stages.or(stage);
  glance(record.before, entry);
  record.connection.ports = entry.read(u64, "clientPort");
  copyAddresses(record.connection, entry);
});

const noteAfter = globalSubprogram("trace_after", [pointer(Entry), u32], u32, (entry, stage) => {
  const record = recordHere();
  record.stages = record.stages.or(stage);
  glance(record.after, entry);
});

const noteService = globalSubprogram("trace_service", [u32], u32, (number) => {
  const record = recordHere();
  reached(record, Stage.service);
  record.service = number;
});

const noteTemplate = globalSubprogram("trace_template", [pointer(Entry), u32], u32, (entry, stage) => {
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

/** Ends here if nobody traces any more, or there have been too many. */
function goOnIfWanted(mine: TracedView, tick: U32): void {
  const until = settings.here.capturing;
  when(tick.sub(until).signedAtLeast(0), () => {
    // Who traced was killed. If somebody else begins at this moment, his time stays.
    settings.here.atomic("capturing").compareAndSwap(until, 0);
    give(0);
  });
  const window = tick.shiftRight(windowShift);
  when(mine.window.isNot(window), () => mine.set({ window, sent: constant32(0) }));
  when(mine.sent.atLeast(traceFilter.here.limit), () => {
    mine.limited = mine.limited.add(1);
    give(0);
  });
}
/** 64 ticks of 2^24 ns are 1.07 seconds. */
const windowShift = 6;

/** Ends here if what the flow tells is not wanted. Which of its two ends is the client is not known yet. */
function goOnIfFits(attempt: AttemptView): void {
  const filter = traceFilter.here;
  const { ports } = attempt;
  const differs = (wanted: U32, is: U32) => wanted.isNot(0).and(is.isNot(wanted));
  when(differs(filter.protocol, protocolOf(ports)), () => give(0));
  const port = filter.clientPort;
  when(port.isNot(0).and(ports.low.and(0xffff).isNot(port)).and(virtualPortOf(ports).isNot(port)), () =>
    give(0),
  );
  const family = filter.clientFamily;
  when(family.isNot(0), () => {
    when(familyOf(ports).isNot(family), () => give(0));
    const [one, two, three, four] = addressesIn(attempt);
    const isClient = (upper: U64, lower: U64): Condition => {
      const [first, second] = [upper, lower].map((word, i) =>
        word.xor(filter.client.at(i)).and(filter.clientMask.at(i)),
      ) as [U64, U64];
      return first.or(second).is(0);
    };
    when(
      isIpv6(ports),
      () => unless(isClient(one, two).or(isClient(three, four)), () => give(0)),
      () => {
        const zero = constant64(0n);
        unless(isClient(one.low.extended, zero).or(isClient(one.high.extended, zero)), () => give(0));
      },
    );
  });
}

/** Ends here if it is another server's or another service's. What got no server is a service's by where it was sent. */
function goOnIfOf(record: RecordView, number: U32): void {
  const filter = traceFilter.here;
  when(filter.byServer.isNot(0), () => {
    when(number.is(constant32(noServer)), () => give(0));
    const server = servers.at(number);
    unless(server.address.is(filter.server), () => give(0));
    const port = filter.serverPort;
    when(port.isNot(0).and(server.port.raw.isNot(port)), () => give(0));
  });
  when(filter.byService.isNot(0), () => {
    const compare = (address: { is(other: typeof filter.serviceAddress): Condition }, rest: U32[]) => {
      unless(address.is(filter.serviceAddress), () => give(0));
      const wanted = [filter.servicePort, filter.serviceProtocol, filter.serviceFamily];
      rest.forEach((value, i) => void when(value.isNot(wanted[i]!), () => give(0)));
    };
    when(
      number.isNot(constant32(noServer)),
      () => {
        const { serviceAddress, servicePort, serviceProtocol, serviceFamily } = servers.at(number);
        compare(serviceAddress, [servicePort.raw, serviceProtocol, serviceFamily]);
      },
      () => {
        when(record.stages.and(Stage.service).is(0).or(record.service.is(noService)), () => {
          // None was found: by the address that it was sent to, if the filter is one.
          when(record.stages.and(Stage.flow).is(0), () => give(0));
          const { ports } = record.flow;
          when(filter.serviceProtocol.isNot(protocolOf(ports)), () => give(0));
          when(filter.serviceFamily.isNot(familyOf(ports)), () => give(0));
          const port = filter.servicePort;
          when(port.isNot(0).and(virtualPortOf(ports).isNot(port)), () => give(0));
          const [one, , three, four] = addressesIn(record.flow);
          const { serviceAddress } = filter;
          when(
            isIpv6(ports),
            () => {
              when(three.isNot(serviceAddress.wide(0)).or(four.isNot(serviceAddress.wide(8))), () => give(0));
            },
            () => when(one.high.isNot(serviceAddress.word(0)), () => give(0)),
          );
        });
        when(record.stages.and(Stage.service).isNot(0).and(record.service.isNot(noService)), () => {
          const service = services.at(record.service);
          compare(service.address, [service.port.raw, service.protocol, service.family]);
        });
      },
    );
  });
}

/** Copies the frame's beginning; how much that was. */
function copy(hook: Hook, ctx: View, place: View, most: number, length: U32): Variable<U32> {
  const present = variable(length);
  when(present.value.above(most), () => present.set(constant32(most)));
  when(present.value.above(0), () => {
    const to: Argument = place;
    const helper = hook === "xdp" ? "xdp_load_bytes" : "skb_load_bytes";
    when(callHelper32(helper, ctx, 0, to, present.value).isNot(0), () => present.set(constant32(0)));
  });
  return present;
}
