import { type TcpState, tcpStates } from "../../ipvs/model.js";

/**
 * The TCP states of connections whose answers the director doesn't see (DR and TUN): a row for an event, a column for the
 * state before it (net/netfilter/ipvs/ip_vs_proto_tcp.c, the input-only part of tcp_states).
 *
 *            NONE  ESTAB SYNS  SYNR  FINW  TIMEW CLOSE CLOSW LASTA LISTN SYNA
 */
const inputOnly: Record<"syn" | "fin" | "ack" | "rst", string> = {
  syn: "SR    ES    ES    SR    SR    SR    SR    SR    SR    SR    SR",
  fin: "CL    FW    SS    TW    FW    TW    CL    CW    LA    LI    TW",
  ack: "ES    ES    SS    ES    FW    TW    CL    CW    CL    LI    ES",
  rst: "CL    CL    CL    SR    CL    CL    CL    CL    LA    LI    CL",
};

const short: Record<string, TcpState> = {
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

/** The next state by [flags << 4 | state], flags being the lowest five: FIN, SYN, RST, PSH, ACK. RST counts before SYN before FIN before ACK; none of them closes. */
export function transitionTable(): number[] {
  const table: number[] = [];
  for (let flags = 0; flags < 32; flags++) {
    const row = flags & 4 ? "rst" : flags & 2 ? "syn" : flags & 1 ? "fin" : flags & 16 ? "ack" : undefined;
    const next = row && inputOnly[row].split(/\s+/).map((name) => stateNumber(short[name]!));
    for (let state = 0; state < 16; state++)
      table.push(next ? (next[state] ?? stateNumber("CLOSE")) : stateNumber("CLOSE"));
  }
  return table;
}
