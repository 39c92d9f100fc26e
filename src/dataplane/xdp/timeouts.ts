import { mergeTimeouts } from "../../ipvs/checks.js";
import type { Protocol, Timeouts } from "../../ipvs/model.js";
import { seconds, ticks } from "./layout.js";
import type { DirectorState } from "./state.js";
import { stateNumber } from "./tcp-states.js";
import { timeoutIndexes } from "./transitions.js";

/** What `ipvsadm --set` sets, in seconds; without a state what holds when there is none. */
export function readTimeouts(state: DirectorState | undefined): Timeouts {
  if (!state) return { tcp: 900, tcpFin: 120, udp: 300 };
  const { timeouts } = state.settings;
  const inSeconds = (protocol: Protocol, state: number) =>
    Math.round(seconds(timeouts[timeoutIndexes(protocol, state)[0]!]!));
  return {
    tcp: inSeconds("tcp", stateNumber("ESTABLISHED")),
    tcpFin: inSeconds("tcp", stateNumber("FIN_WAIT")),
    udp: inSeconds("udp", 0),
  };
}

/** Sets those that are given. */
export function writeTimeouts(state: DirectorState, timeouts: Timeouts): void {
  const next = mergeTimeouts(readTimeouts(state), timeouts);
  const table = [...state.settings.timeouts];
  const put = (seconds: number, indexes: readonly number[]) => {
    for (const index of indexes) table[index] = ticks(seconds);
  };
  put(next.tcp, timeoutIndexes("tcp", stateNumber("ESTABLISHED")));
  put(next.tcpFin, timeoutIndexes("tcp", stateNumber("FIN_WAIT")));
  for (let state = 0; state < 16; state++) put(next.udp, timeoutIndexes("udp", state));
  state.settings.timeouts = table;
}
