import type { U32 } from "../../asm/index.js";
import { settings } from "./maps.js";

/**
 * What the transitions say of a connection in `state` after an event: the next state and the mark of activity. `direction` is
 * one of Direction (state-rows.ts), shifted to its place, bit 10 (see transitions.ts).
 */
export const nextState = (direction: U32, event: U32, state: U32): U32 =>
  settings.here.transitions.at(
    event.shiftLeft(4).or(state).or(direction).or(settings.here.secure.shiftLeft(12)),
  );

/** How many ticks after a packet its connection, which is in state `next` since then, ends. */
export const timeoutOf = (event: U32, next: U32): U32 =>
  settings.here.timeouts.at(event.and(0x30).or(next.and(15)));
