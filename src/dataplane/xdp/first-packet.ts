import { type Condition, TcpFlag, type U32 } from "../../asm/index.js";
import { type SctpState, sctpStates } from "../../ipvs/model.js";
import { sctpEvents } from "./sctp-states.js";
import { firstEvent, laterFragment } from "./transitions.js";
import { tunable } from "./tunables.js";

export const sctpStateNumber = (state: SctpState): number => sctpStates.indexOf(state);
const sctpInit = firstEvent.sctp + sctpEvents.indexOf("init");
const sctpAbort = firstEvent.sctp + sctpEvents.indexOf("abort");

/** Whether a packet wants to begin a connection: TCP's SYN, SCTP's INIT. UDP has no such thing. */
export const isFirst = (event: U32): Condition =>
  event.below(firstEvent.sctp).and(event.and(TcpFlag.SYN).isNot(0)).or(event.is(sctpInit));

/** Whether a packet is a fragment behind the first. */
export const isLaterFragment = (event: U32): Condition =>
  Object.values(laterFragment)
    .map((one) => event.is(one))
    .reduce((one, other) => one.or(other));

/** Whether a packet without connection may make one: as {@link isFirst}, or any if sloppy; no RST, no ABORT; all of UDP. */
export function mayBegin(event: U32): Condition {
  const isTcp = event.below(firstEvent.sctp);
  const isUdp = event.atLeast(firstEvent.udp);
  const syn = event.and(TcpFlag.SYN).isNot(0).or(tunable("sloppy_tcp").isNot(0));
  const reset = event.and(TcpFlag.RST).isNot(0);
  const sloppy = tunable("sloppy_sctp").isNot(0).and(event.isNot(sctpAbort));
  const init = event.is(sctpInit).or(sloppy);
  return isTcp
    .and(syn)
    .and(reset.not)
    .or(isTcp.not.and(isUdp.or(init)));
}
