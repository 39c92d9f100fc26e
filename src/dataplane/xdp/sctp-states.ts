import type { SctpState } from "../../ipvs/model.js";
import { Direction, readRow } from "./state-rows.js";

/** What a packet does to an association's state, in the order of the events' numbers (transitions.ts, mayBeginBit). */
export const sctpEvents = [
  "data",
  "initAck",
  "init",
  "cookieEcho",
  "cookieAck",
  "shutdown",
  "shutdownAck",
  "shutdownComplete",
  "error",
  "abort",
] as const;
type SctpEvent = (typeof sctpEvents)[number];

/** Chunk types that mean more than that the association lives (RFC 9260 3.2). */
const events: Readonly<Record<number, SctpEvent>> = {
  1: "init",
  2: "initAck",
  6: "abort",
  7: "shutdown",
  8: "shutdownAck",
  9: "error",
  10: "cookieEcho",
  11: "cookieAck",
  14: "shutdownComplete",
};

/**
 * The event of a packet, by the type of its first chunk. There is one exception: an ABORT right behind a COOKIE ECHO or a
 * COOKIE ACK counts in its place; that second chunk begins 12 bytes + the first one's length, rounded up to 4, behind the
 * SCTP header's beginning, and the first length is at least 4. A packet without a whole first chunk header changes nothing.
 */
export const sctpEventOf = (chunkType: number): SctpEvent => events[chunkType] ?? "data";

/** Chunk types of which the second chunk is looked at, too, and the type that counts there. */
export const sctpBundling = { first: [10, 11], second: 6 } as const;

/**
 * The states of SCTP associations as the real server sees them: a row for an event, a column for the state before it
 * (net/netfilter/ipvs/ip_vs_proto_sctp.c, sctp_states).
 *
 *                      NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
 */
const rows: Readonly<Record<Direction, Readonly<Record<SctpEvent, string>>>> = {
  [Direction.inputOnly]: {
    data: "            ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL",
    init: "            I1 IN IN IN IN IN CO CE ES SS SR SA IN IN",
    initAck: "         CE CE CE CE CE CE CO CE ES SS SR SA RJ CL",
    cookieEcho: "      ES ES ES ES ES ES CO CE ES SS SR SA RJ CL",
    cookieAck: "       ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL",
    shutdown: "        SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL",
    shutdownAck: "     CL IN IN CS CR CW CO CE CL CL SR CL RJ CL",
    shutdownComplete: "CL CL CL CL CL CW CO CE ES SS CL CL RJ CL",
    error: "           CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    abort: "           CL CL CL CL CL RJ CL CL CL CL CL CL CL CL",
  },
  [Direction.toServer]: {
    data: "            ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    init: "            I1 IN IN CS CR CW CO CE ES SS SR SA IN IN",
    initAck: "         CW CW CW CS CR CO CO CE ES SS SR SA RJ CL",
    cookieEcho: "      CR IN IN CR CR CW CO CE ES SS SR SA RJ CL",
    cookieAck: "       ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL",
    shutdown: "        SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL",
    shutdownAck: "     CL IN IN CS CR CW CO CE ES CL SR CL RJ CL",
    shutdownComplete: "CL CL CL CS CR CW CO CE ES SS SR CL RJ CL",
    error: "           CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL",
    abort: "           CL CL CL CL CL RJ CL CL CL CL CL CL CL CL",
  },
  [Direction.toClient]: {
    data: "            ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    init: "            CW CW CW CW CW CW CW CW ES CW CW CW CW CW",
    initAck: "         CS CS CS CS CR CW CO CE ES SS SR SA RJ CL",
    cookieEcho: "      CE CE CE CE CE CE CE CE ES SS SR SA RJ CL",
    cookieAck: "       ES ES ES ES ES ES ES ES ES SS SR SA RJ CL",
    shutdown: "        SS SS SS SS SS SS SS SS SS SS SR SA RJ CL",
    shutdownAck: "     SA SA SA SA SA CW CO CE ES SA SA SA RJ CL",
    shutdownComplete: "CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL",
    error: "           CL CL CL CL CL CW CO CE ES SS SR SA RJ CL",
    abort: "           CL RJ CL CL CL CL CL CL CL CL CL CL CL CL",
  },
};

const short: Readonly<Record<string, SctpState>> = {
  NO: "NONE",
  I1: "INIT1",
  IN: "INIT",
  CS: "C-SENT",
  CR: "C-REPLIED",
  CW: "C-WAIT",
  CO: "COOKIE",
  CE: "C-ECHOED",
  ES: "ESTABLISHED",
  SS: "S-SENT",
  SR: "S-RECEIVED",
  SA: "S-ACK-SENT",
  RJ: "REJECTED",
  CL: "CLOSED",
};

/** Seconds, by the state's number; NONE is what a new entry has until its first packet is through. */
export const sctpTimeouts: readonly number[] = [3, 4, 61, 61, 61, 61, 61, 61, 900, 61, 61, 61, 4, 61];

/** The state in which an association counts as active. */
export const sctpActive: SctpState = "ESTABLISHED";

/** The state after an event, by the state before it; secure_tcp changes nothing here. */
export const sctpRow = (direction: Direction, event: SctpEvent): readonly SctpState[] =>
  readRow(rows[direction][event].trim(), short);
