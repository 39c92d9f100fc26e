import { type TcpState, tcpStates } from "../../ipvs/model.js";
import { Direction, readRow } from "./state-rows.js";

/** What a segment does to a connection's state. */
type TcpEvent = "syn" | "fin" | "ack" | "rst";
type Rows = Readonly<Record<TcpEvent, string>>;

/**
 * The states of TCP connections: a row for an event, a column for the state before it
 * (net/netfilter/ipvs/ip_vs_proto_tcp.c, tcp_states).
 *
 *        NONE  ESTAB SYNS  SYNR  FINW  TIMEW CLOSE CLOSW LASTA LISTN SYNA
 */
const normal: Readonly<Record<Direction, Rows>> = {
  [Direction.inputOnly]: {
    syn: "SR    ES    ES    SR    SR    SR    SR    SR    SR    SR    SR",
    fin: "CL    FW    SS    TW    FW    TW    CL    CW    LA    LI    TW",
    ack: "ES    ES    SS    ES    FW    TW    CL    CW    CL    LI    ES",
    rst: "CL    CL    CL    SR    CL    CL    CL    CL    LA    LI    CL",
  },
  [Direction.toServer]: {
    syn: "SR    ES    ES    SR    SR    SR    SR    SR    SR    SR    SR",
    fin: "CL    CW    SS    TW    TW    TW    CL    CW    LA    LI    TW",
    ack: "ES    ES    SS    ES    FW    TW    CL    CW    CL    LI    ES",
    rst: "CL    CL    CL    SR    CL    CL    CL    CL    LA    LI    SR",
  },
  [Direction.toClient]: {
    syn: "SS    ES    SS    SR    SS    SS    SS    SS    SS    LI    SR",
    fin: "TW    FW    SS    TW    FW    TW    CL    TW    LA    LI    TW",
    ack: "ES    ES    SS    ES    FW    TW    CL    CW    LA    ES    ES",
    rst: "CL    CL    SS    CL    CL    TW    CL    CL    CL    CL    CL",
  },
};

/** The same while secure_tcp is in force (tcp_states_dos): what the client alone says makes no connection established. */
const secure: Readonly<Record<Direction, Rows>> = {
  [Direction.inputOnly]: {
    syn: "SA    ES    ES    SR    SA    SA    SA    SA    SA    SA    SA",
    fin: "CL    FW    SS    TW    FW    TW    CL    CW    LA    LI    TW",
    ack: "ES    ES    SS    ES    FW    TW    CL    CW    CL    LI    ES",
    rst: "CL    CL    CL    SR    CL    CL    CL    CL    LA    LI    CL",
  },
  [Direction.toServer]: {
    syn: "SR    ES    ES    SR    SR    SR    SR    SR    SR    SR    SA",
    fin: "CL    CW    SS    TW    TW    TW    CL    CW    LA    LI    SA",
    ack: "ES    ES    SS    SR    FW    TW    CL    CW    CL    LI    SA",
    rst: "CL    CL    CL    SR    CL    CL    CL    CL    LA    LI    CL",
  },
  [Direction.toClient]: {
    syn: "SS    ES    SS    SA    SS    SS    SS    SS    SS    LI    SA",
    fin: "TW    FW    SS    TW    FW    TW    CL    TW    LA    LI    TW",
    ack: "ES    ES    SS    ES    FW    TW    CL    CW    LA    ES    ES",
    rst: "CL    CL    SS    CL    CL    TW    CL    CL    CL    CL    CL",
  },
};

const short: Readonly<Record<string, TcpState>> = {
  NO: "NONE",
  ES: "ESTABLISHED",
  SS: "SYN_SENT",
  SR: "SYN_RECV",
  FW: "FIN_WAIT",
  TW: "TIME_WAIT",
  CL: "CLOSE",
  CW: "CLOSE_WAIT",
  LA: "LAST_ACK",
  LI: "LISTEN",
  SA: "SYNACK",
};

export const stateNumber = (state: TcpState): number => tcpStates.indexOf(state);

/** Seconds, by the state's number; NONE is what a new entry has until its first packet is through. */
export const defaultTimeouts: readonly number[] = [3, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120];

/** States in which a connection counts as active. */
export const activeStates: readonly TcpState[] = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];

/** What a segment's lowest five flags say: RST counts before SYN before FIN before ACK. undefined: nothing. */
export function tcpEvent(flags: number): TcpEvent | undefined {
  if (flags & 4) return "rst";
  if (flags & 2) return "syn";
  if (flags & 1) return "fin";
  return flags & 16 ? "ack" : undefined;
}

/** The state after an event, by the state before it. Without an event a connection closes. */
export function tcpRow(
  isSecure: boolean,
  direction: Direction,
  event: TcpEvent | undefined,
): readonly TcpState[] {
  if (!event) return tcpStates.map(() => "CLOSE");
  return readRow((isSecure ? secure : normal)[direction][event], short);
}
