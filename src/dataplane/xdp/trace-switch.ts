import type { HostNetwork } from "./host-network.js";
import { isRecordingLocked } from "./recording-lock.js";
import { replaceAll } from "./replace-all.js";
import { forgetTracingProgram } from "./shared-program.js";
import type { DirectorState } from "./state.js";
import { closeTrace, hasTracePins, pinTrace, retireTrace, type TraceMaps, unpinTrace } from "./trace-pins.js";

/**
 * Puts programs that follow packets in the place of the director's, each at one stroke, and gives the maps that they write to.
 * What fails leaves all as it was. Needs the lock, and that of recording.
 */
export function beginTrace(state: DirectorState, host: HostNetwork, filter: Uint8Array): TraceMaps {
  const maps = pinTrace(state, filter);
  try {
    replaceAll(state, host, state.knownTable);
    return maps;
  } catch (error) {
    closeTrace(maps);
    endTrace(state, host);
    throw error;
  }
}

/** Puts plain programs back. Needs the lock. */
export function endTrace(state: DirectorState, host: HostNetwork): void {
  retireTrace(state);
  replaceAll(state, host, state.knownTable);
  forgetTracingProgram(state);
  unpinTrace(state);
}

/** Whether somebody who traced was killed: the programs that follow packets are still there, though they follow none. */
export const isTraceDead = (state: DirectorState): boolean => hasTracePins(state) && !isRecordingLocked();

/** Puts right what he has left. Needs the lock. */
export function endDeadTrace(state: DirectorState, host: HostNetwork): void {
  if (!isTraceDead(state)) return;
  state.settings.capturing = 0;
  endTrace(state, host);
}
