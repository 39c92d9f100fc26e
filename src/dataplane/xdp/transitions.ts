import { type Protocol, sctpStates, tcpStates } from "../../ipvs/model.js";
import { sctpActive, sctpEventOf, sctpEvents, sctpRow, sctpTimeouts } from "./sctp-states.js";
import { Direction } from "./state-rows.js";
import { activeStates, defaultTimeouts, stateNumber, tcpEvent, tcpRow } from "./tcp-states.js";

/**
 * What the packet program looks a connection's next state up in: one byte for each case, at
 *
 *      12       11   10 9        4 3       0
 *     +--------+-------+----------+---------+
 *     | secure | dir.  | event    | state   |
 *     +--------+-------+----------+---------+
 *
 * that says the next state, and whether a connection in that state counts as active:
 *
 *      7     5   4    3          0
 *     +-------+------+------------+
 *     | zero  |active| next state |
 *     +-------+------+------------+
 */
const transitionCount = 8 * 64 * 16;
export const activeMark = 0x10;

/** Where the events of a protocol begin: TCP's flags as they stand, {@link sctpEvents}, any UDP datagram. */
export const firstEvent = { tcp: 0, sctp: 32, udp: 48 } as const satisfies Record<Protocol, number>;

/** Those of TCP's flags that make its event: FIN, SYN, RST and ACK. */
export const eventFlags = 0x17;

/**
 * The events of a fragment behind the first: it leaves the state as it is. Only a connection that there is has such events.
 */
export const laterFragment = { tcp: 8, sctp: 44, udp: 49 } as const satisfies Record<Protocol, number>;

/** All events that begin a connection, and some of SCTP's that do not, have this bit; no later fragment has it. */
export const mayBeginBit = 2;

export const transitionIndex = (
  secure: boolean,
  direction: Direction,
  event: number,
  state: number,
): number => (((secure ? 4 : 0) | direction) << 10) | (event << 4) | state;

/**
 * All transitions, {@link transitionCount} bytes. What can't happen is filled, too: states that a protocol doesn't have
 * become its closed one, the fourth direction is as the first, an event that there isn't is as a datagram of UDP.
 */
export function transitionTable(): Uint8Array {
  const table = new Uint8Array(transitionCount);
  for (const secure of [false, true])
    for (const direction of Object.values(Direction)) {
      const put = (event: number, row: (state: number) => number) => {
        for (let state = 0; state < 16; state++)
          table[transitionIndex(secure, direction, event, state)] = row(state);
      };
      for (let flags = 0; flags < 32; flags++) {
        if ((flags & ~eventFlags) !== 0) continue;
        const row = tcpRow(secure, direction, tcpEvent(flags));
        put(firstEvent.tcp + flags, (state) => tcpByte(row[state] ?? "CLOSE"));
      }
      for (const [number, event] of sctpEvents.entries()) {
        const row = sctpRow(direction, event);
        put(firstEvent.sctp + number, (state) => sctpByte(row[state] ?? "CLOSED"));
      }
      for (const event of Object.values(laterFragment)) put(event, (state) => state);
      // UDP has one state, 0, in which no connection is active: nothing more is to be set.
    }
  for (const half of [table.subarray(0, 4096), table.subarray(4096)]) half.copyWithin(3 * 1024, 0, 1024);
  return table;
}

const tcpByte = (state: (typeof tcpStates)[number]): number =>
  stateNumber(state) | (activeStates.includes(state) ? activeMark : 0);

const sctpByte = (state: (typeof sctpStates)[number]): number =>
  sctpStates.indexOf(state) | (state === sctpActive ? activeMark : 0);

/** Where a protocol's timeout for a state stands: by [event >> 4 << 4 | state], for any of its events. */
export const timeoutIndexes = (protocol: Protocol, state: number): readonly number[] =>
  (protocol === "tcp" ? [0, 16] : [firstEvent[protocol]]).map((events) => events | state);

/** Seconds after which a connection without packets ends, at {@link timeoutIndexes}. */
export function timeoutTable(): number[] {
  const table = new Array<number>(64).fill(0);
  const put = (protocol: Protocol, timeouts: readonly number[], otherwise: number) => {
    for (let state = 0; state < 16; state++)
      for (const index of timeoutIndexes(protocol, state)) table[index] = timeouts[state] ?? otherwise;
  };
  put("tcp", defaultTimeouts, defaultTimeouts[tcpStates.indexOf("CLOSE")]!);
  put("udp", [300], 300);
  put("sctp", sctpTimeouts, sctpTimeouts[sctpStates.indexOf("CLOSED")]!);
  return table;
}

/** The event's number by the type of the first chunk (see {@link sctpEventOf} for what a second one changes). */
export const sctpEvent: readonly number[] = Array.from(
  { length: 256 },
  (_, type) => firstEvent.sctp + sctpEvents.indexOf(sctpEventOf(type)),
);
