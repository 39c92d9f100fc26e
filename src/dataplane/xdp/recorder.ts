import {
  type Argument,
  type Condition,
  callHelper,
  callHelper32,
  constant32,
  context,
  give,
  globalSubprogram,
  type Hook,
  now,
  type Packet,
  Packet as PacketOf,
  PerCpuArray,
  RingBuffer,
  type StructView,
  type U32,
  U64,
  u32,
  unlikely,
  type Variable,
  type View,
  variable,
  verdictsOf,
  when,
} from "../../asm/index.js";
import { Captured, CaptureHead, Course, Fate, mostCaptured, noServer } from "./capture-record.js";
import { tickNow } from "./clock.js";
import { settings } from "./maps.js";

/** Records for who captures; nothing comes here while nobody does. */
export const captures = new RingBuffer("captures", 1 << 21);
/** A CPU's record while it is made. A packet is through before the next one comes to the same CPU. */
export const captured = new PerCpuArray("captured", Captured, 1);

type CapturedView = StructView<(typeof Captured)["shape"]>;

/** Whether packets are recorded: all that it costs while they aren't. */
export const isCapturing = (): Condition => settings.here.capturing.isNot(0);

const here = (): CapturedView => captured.lookup(constant32(0)).otherwise(() => give(0));

/** Notes what was counted about the packet that is being decided. */
export const noteReason = globalSubprogram("note_reason", [u32], u32, (reason) => {
  here().head.reason = reason;
});

/** What a director's program records packets by. */
export interface Recorder {
  /** While packets are recorded: keeps this one as it came. Nothing of it may have been changed. */
  keep(packet: Packet): void;
  /** While packets are recorded: tells what became of the one that was kept, and so ends it. Gives the verdict. */
  tell(packet: Packet, verdict: U32, about?: About): U32;
  /** Keeps it, ends it by what `decide` gives, and tells that. */
  around(packet: Packet, about: About, decide: () => U32): void;
  /** Keeps it for certain; what it ends by is told. */
  watched(packet: Packet, about: About): Packet;
}

/** What is told of a packet with its end. */
export interface About {
  readonly server?: U32;
  readonly course?: number;
}

/**
 * Makes what records packets at a hook. A packet is kept as it came before it is changed, and told of with its end: both are
 * one record. What the director left to the host without having counted anything about it, and without a server, is nobody's
 * business: no record. `can`: whether the kernel can; if not nothing is ever recorded.
 */
export function recorder(hook: Hook, can: boolean): Recorder {
  if (!can)
    return {
      keep: () => {},
      tell: (_, verdict) => verdict,
      around: (packet, _, decide) => packet.end(decide()),
      watched: (packet) => packet,
    };
  const { pass, drop } = verdictsOf[hook];

  const keep = globalSubprogram("keep_captured", [context], u32, (ctx) => {
    const mine = here();
    mine.pending = constant32(0);
    const until = settings.here.capturing;
    const tick = tickNow();
    when(tick.sub(until).signedAtLeast(0), () => {
      // Who captured was killed. If somebody else begins at this moment, his time stays.
      settings.here.atomic("capturing").compareAndSwap(until, 0);
      give(0);
    });
    const length = frameLength(hook, ctx);
    const present = copy(hook, ctx, mine, constant32(0), length);
    mine.head.set({
      at: now(),
      device: PacketOf.of(hook, ctx, 0).device,
      reason: constant32(0),
      length,
      present: present.value,
      leftLength: constant32(0),
      leftPresent: constant32(0),
    });
    mine.pending = constant32(1);
  });

  const tell = globalSubprogram(
    "tell_captured",
    [context, u32, u32, u32],
    u32,
    (ctx, verdict, server, course) => {
      const mine = here();
      when(mine.pending.is(0), () => give(0));
      mine.pending = constant32(0);
      const { head } = mine;
      const fate = variable(constant32(Fate.sent));
      when(verdict.is(constant32(pass)), () => {
        when(server.is(constant32(noServer)).and(head.reason.is(0)), () => give(0));
        fate.set(constant32(Fate.passed));
      });
      when(verdict.is(drop), () => fate.set(constant32(Fate.dropped)));
      head.set({ server, course, fate: fate.value });
      const size = variable(head.present);
      when(size.value.above(mostCaptured), () => give(0)); // which the verifier can't know
      when(fate.value.is(Fate.sent), () => {
        const length = frameLength(hook, ctx);
        const left = copy(hook, ctx, mine, size.value, length);
        head.set({ leftLength: length, leftPresent: left.value });
        size.set(size.value.add(left.value));
      });
      const sent = captures.send(head, size.value.add(CaptureHead.size));
      when(sent.isNot(0), () => {
        mine.lost = mine.lost.add(1);
      });
    },
  );

  const end = endingBy(tell);
  const made: Recorder = {
    keep: (packet) => unlikely(isCapturing(), () => void keep(packet.context)),
    tell: (packet, verdict, about = {}) => {
      unlikely(isCapturing(), () => end(packet, verdict, about));
      return verdict;
    },
    around: (packet, about, decide) => {
      made.keep(packet);
      packet.end(made.tell(packet, decide(), about));
    },
    watched: (packet, about) => {
      keep(packet.context);
      return packet.onEnd((verdict) => end(packet, verdict, about));
    },
  };
  return made;
}

/** Ends a packet's record by the function that tells of it. */
export const endingBy =
  (tell: (ctx: View, verdict: U32, server: U32 | number, course: number) => unknown) =>
  (packet: Packet, verdict: U32, { server, course = Course.request }: About): void => {
    tell(packet.context, verdict, server ?? noServer, course);
  };

/** Bytes of the frame, also of one in several buffers. */
export function frameLength(hook: Hook, ctx: View): U32 {
  if (hook === "xdp") return new U64(callHelper("xdp_get_buff_len", ctx)).low;
  return PacketOf.of(hook, ctx, 0).length;
}

/** Copies the frame's beginning behind so many bytes of a record; how much that was. */
function copy(hook: Hook, ctx: View, mine: CapturedView, behind: U32, length: U32): Variable<U32> {
  const present = variable(settings.here.captureLength);
  when(present.value.above(length), () => present.set(length));
  when(present.value.above(mostCaptured), () => present.set(constant32(mostCaptured)));
  copyFrame(hook, ctx, () => mine.bytes.at(behind), present);
  return present;
}

/** Copies so many bytes of the frame's beginning to a place; that they are 0 then, if the kernel can't. */
export function copyFrame(hook: Hook, ctx: View, place: () => Argument, present: Variable<U32>): void {
  // Not "is not 0": of that Linux 6.1 learns no smallest length, and the helper wants one.
  when(present.value.above(0), () => {
    const helper = hook === "xdp" ? "xdp_load_bytes" : "skb_load_bytes";
    when(callHelper32(helper, ctx, 0, place(), present.value).isNot(0), () => present.set(constant32(0)));
  });
}
