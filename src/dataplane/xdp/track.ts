import {
  type Condition,
  constant32,
  give,
  loop,
  pointer,
  type StructView,
  subprogram,
  type U32,
  type U64,
  u32,
  u64,
  when,
} from "../../asm/index.js";
import type { EntryView } from "./flow.js";
import {
  Entry,
  EntryFlag,
  generation,
  Kind,
  type Server,
  ServerFlag,
  stateMask,
  stateShift,
} from "./layout.js";
import { servers } from "./maps.js";
import { activeStates, stateNumber } from "./tcp-states.js";

export type ServerView = StructView<(typeof Server)["shape"]>;

/** The state that an entry's word tells. */
export const stateOf = (word: U64): U32 => word.low.shiftRight(stateShift).and(15);

/**
 * Gives an entry another state, unless another CPU was quicker; whoever changes the word counts the connection as active or
 * inactive. The word before is `word`.
 */
export const changeState = subprogram(
  "change_state",
  [pointer(Entry), u64, u32],
  undefined,
  (entry, word, state) => {
    const kept = word.and(~BigInt(stateMask | EntryFlag.inactive));
    const active = isActive(state);
    const shifted = kept.or(state.shiftLeft(stateShift));
    const server = servers.at(entry.server);
    const wasInactive = word.and(EntryFlag.inactive).isNot(0);
    when(
      active,
      () => {
        when(entry.atomic("word").compareAndSwap(word, shifted).is(word).and(wasInactive), () => {
          server.atomic("active").add(1);
          server.atomic("inactive").sub(1);
        });
      },
      () => {
        const swapped = entry.atomic("word").compareAndSwap(word, shifted.or(EntryFlag.inactive)).is(word);
        when(swapped.and(wasInactive.not), () => {
          server.atomic("inactive").add(1);
          server.atomic("active").sub(1);
        });
      },
    );
  },
);

/**
 * Takes an entry out of the table, unless another CPU was quicker: its place gets the kind `becomes` and a new generation,
 * and its server counts one connection less. Gives 1 if it was taken out.
 */
export const release = subprogram("release", [pointer(Entry), u64, u32], u32, (entry, word, becomes) => {
  const server = servers.at(entry.server);
  const next = word
    .and(BigInt(0xffff_ffff) << 32n)
    .add(generation)
    .or(becomes);
  when(entry.atomic("word").compareAndSwap(word, next).isNot(word), () => give(0));
  when(
    word.and(EntryFlag.inactive).isNot(0),
    () => server.atomic("inactive").sub(1),
    () => server.atomic("active").sub(1),
  );
  uncrowd(server);
  return 1;
});

/** Takes a live entry out of the table while it is of that generation, also if its state changes meanwhile. */
export const withdraw = subprogram("withdraw", [pointer(Entry), u32], undefined, (entry, generation) => {
  // Only a packet of the same flow on another CPU changes it: it does not do so for long.
  loop(constant32(8), 8, (_, leave) => {
    const word = entry.word;
    when(word.high.isNot(generation).or(word.and(Kind.mask).isNot(Kind.live)), leave);
    when(release(entry, word, Kind.free).is(1), leave);
  });
});

/** Marks a server that has as many connections as it may as overloaded. */
export function crowd(server: ServerView): void {
  const upper = server.upperThreshold;
  when(upper.isNot(0), () => {
    when(server.active.add(server.inactive).atLeast(upper), () =>
      server.atomic("flags").or(ServerFlag.overloaded),
    );
  });
}

/** Takes the mark away below the lower threshold, or below three quarters of the upper one where there is no lower. */
function uncrowd(server: ServerView): void {
  when(server.flags.and(ServerFlag.overloaded).isNot(0), () => {
    const total = server.active.add(server.inactive);
    const clear = () => server.atomic("flags").and(~ServerFlag.overloaded);
    const lower = server.lowerThreshold;
    when(
      lower.isNot(0),
      () => when(total.below(lower), clear),
      () => when(total.shiftLeft(2).below(server.upperThreshold.mul(3)), clear),
    );
  });
}

function isActive(state: U32): Condition {
  return activeStates.map((name) => state.is(stateNumber(name))).reduce((all, one) => all.or(one));
}

/** Whether an entry's time is over. Times wrap, so the difference counts, not the order. */
export const isExpired = (entry: EntryView, tick: U32): Condition => tick.sub(entry.expires).signedAtLeast(0);
