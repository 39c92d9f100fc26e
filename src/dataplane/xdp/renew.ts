import { context, give, globalSubprogram, pointer, type U32, u32, type View, when } from "../../asm/index.js";
import { count } from "./count.js";
import { isFirst, sctpStateNumber } from "./first-packet.js";
import { type AttemptView, entryAt, numberOf } from "./flow.js";
import { Attempt, EntryFlag, Kind, Ready } from "./layout.js";
import { servers } from "./maps.js";
import { isStale, refresh } from "./next-hop.js";
import { Outcome } from "./outcome.js";
import type { Parts } from "./parts.js";
import { whereNow } from "./table.js";
import { stateNumber } from "./tcp-states.js";
import { hasFlag, isExpired, stateOf } from "./track.js";
import { firstEvent } from "./transitions.js";
import { tunable } from "./tunables.js";

/**
 * Looks closer at the entry `attempt.entry` that a packet found: whether it is over, whether the packet begins another
 * connection in its place, whether its server is still there and how it is reached
 * (net/netfilter/ipvs/ip_vs_core.c, ip_vs_in_hook).
 */
export function renewer(
  { table, release, withdraw }: Parts,
  establish: (ctx: View, attempt: AttemptView) => U32,
  verdicts: { readonly pass: number; readonly drop: number },
) {
  return globalSubprogram("renew", [context, pointer(Attempt)], u32, (ctx, attempt) => {
    const leave = (verdict: number) => {
      attempt.set({ verdict });
      give(Outcome.verdict);
    };
    const anew = () => give(establish(ctx, attempt));
    const { entry, word } = whereNow(table, entryAt(table, attempt.entry), anew);
    if (table.former) attempt.entry = numberOf(table, entry);
    const { tick } = attempt;
    const over = () => {
      const released = release(entry, word, Kind.free);
      if (table.former)
        when(released.is(0), () => {
          const now = whereNow(table, entry, anew);
          withdraw(now.entry, now.word.high);
        });
      anew();
    };
    when(word.and(Kind.mask).isNot(Kind.live), anew);
    when(isExpired(entry, tick), over);
    const server = servers.at(entry.server);
    const dropsLost = tunable("expire_nodest_conn").isNot(0);
    when(isFirst(attempt.event), () => {
      when(dropsLost.and(server.weight.is(0)), over);
      const mode = tunable("conn_reuse_mode");
      const mayGo = mode.isNot(0).and(hasFlag(word, EntryFlag.controlled).not);
      when(mayGo, () => {
        const state = stateOf(word);
        when(attempt.event.below(firstEvent.sctp), () => {
          const closed = state.is(stateNumber("TIME_WAIT")).or(state.is(stateNumber("CLOSE")));
          // Of a connection whose answers are not seen FIN_WAIT is the last state that is.
          const half = state.is(stateNumber("FIN_WAIT")).and(hasFlag(word, EntryFlag.noOutput));
          when(closed.or(half.and(mode.and(2).isNot(0))), over);
        });
        const isSctp = attempt.event.atLeast(firstEvent.sctp);
        when(isSctp.and(state.is(sctpStateNumber("CLOSED"))), over);
      });
    });
    when(server.ready.is(Ready.removed), () => {
      when(dropsLost, over);
      count("not_available");
      leave(verdicts.drop);
    });
    when(server.ready.is(Ready.released), () => leave(verdicts.pass));
    when(server.ready.isNot(Ready.yes).or(isStale(server, tick)), () => {
      refresh(ctx, server, tick);
    });
    when(server.ready.is(Ready.notOurs), () => leave(verdicts.pass));
    attempt.set({ server: entry.server });
    return Outcome.entry;
  });
}
