import { constant32, type U32, unless, when } from "../../asm/index.js";
import { isLaterFragment } from "./first-packet.js";
import type { EntryView } from "./flow.js";
import { EntryFlag, Use } from "./layout.js";
import { servers, statistics } from "./maps.js";
import { nextState, timeoutOf } from "./next-state.js";
import { Direction } from "./state-rows.js";
import { type Changer, hasFlag, stateOf } from "./track.js";
import { firstEvent } from "./transitions.js";

/** What is told of an answer. */
export interface Answered {
  /** What it does to its connection's state (transitions.ts). */
  readonly event: U32;
  readonly tick: U32;
  /** Bytes from the IP header on; of a later fragment those behind it: a whole packet has one. */
  readonly length: U32;
}

/** Writes what an answer changes: its connection's state and time, its server's counters. */
export function noteAnswer(
  owner: EntryView,
  { event, tick, length }: Answered,
  { changeState, assure }: Changer,
): void {
  const word = owner.word;
  const state = stateOf(word);
  const next = nextState(constant32(Direction.toClient << 10), event, state);
  when(next.and(15).isNot(state), () => {
    changeState(owner, word, next);
  });
  when(event.is(firstEvent.udp).and(hasFlag(word, EntryFlag.controlled)), () => {
    assure(owner);
  });
  owner.expires = tick.add(timeoutOf(event, next));
  // A removed server's answers go on, but nobody counts them.
  when(servers.at(owner.server).use.is(Use.live), () => {
    statistics.lookup(owner.server).whenFound((counts) => {
      unless(isLaterFragment(event), () => {
        counts.outPackets = counts.outPackets.add(1);
      });
      counts.outBytes = counts.outBytes.add(length);
    });
  });
}
