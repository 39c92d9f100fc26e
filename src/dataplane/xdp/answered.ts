import { constant32, type U32, variable, when } from "../../asm/index.js";
import type { EntryView } from "./flow.js";
import { EntryFlag, Use } from "./layout.js";
import { servers, settings, statistics } from "./maps.js";
import { type Changer, hasFlag, stateOf } from "./track.js";
import { firstEvent, laterFragment, timeoutTableOf } from "./transitions.js";
import { timeoutsOf } from "./transport.js";

/** What is told of an answer. */
export interface Answered {
  /** What it does to its connection's state (transitions.ts). */
  readonly event: U32;
  readonly tick: U32;
  /** Bytes from the IP header on. */
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
  const strict = settings.here.secure.shiftLeft(12);
  const next = settings.here.transitions.at(
    event
      .shiftLeft(4)
      .or(state)
      .or(2 << 10)
      .or(strict),
  );
  when(next.and(15).isNot(state), () => {
    changeState(owner, word, next);
  });
  const timeouts = variable(constant32(timeoutTableOf.tcp << 4));
  when(event.atLeast(firstEvent.sctp), () => timeouts.set(constant32(timeoutTableOf.sctp << 4)));
  when(event.is(firstEvent.udp), () => {
    timeouts.set(constant32(timeoutTableOf.udp << 4));
    when(hasFlag(word, EntryFlag.controlled), () => {
      assure(owner);
    });
  });
  when(event.is(laterFragment), () => timeouts.set(timeoutsOf(owner.protocol)));
  owner.expires = tick.add(settings.here.timeouts.at(timeouts.value.or(next.and(15))));
  // A removed server's answers go on, but nobody counts them.
  when(servers.at(owner.server).use.is(Use.live), () => {
    statistics.lookup(owner.server).whenFound((counts) => {
      counts.outPackets = counts.outPackets.add(1);
      counts.outBytes = counts.outBytes.add(length);
    });
  });
}
