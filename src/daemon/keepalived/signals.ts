import { constants } from "node:os";

/** Linux's first and last real-time signals for programs (glibc keeps 32 and 33 for itself). */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** What a signal asks for, by the real one's names, and its number (keepalived --signum). */
export const signalNumbers = {
  STOP: constants.signals.SIGTERM,
  RELOAD: constants.signals.SIGHUP,
  DATA: constants.signals.SIGUSR1,
  STATS: constants.signals.SIGUSR2,
  STATS_CLEAR: SIGRTMAX - 1,
  JSON: SIGRTMIN + 2,
} as const;

export type SignalName = keyof typeof signalNumbers;

/**
 * Has signals told to a listener; gives what ends that. Node's process.on() knows no real-time signals, and one that nobody
 * takes ends the process; the binding below it takes any.
 */
export function onSignals(listener: (name: SignalName) => void): () => void {
  const undo: (() => void)[] = [];
  const on = (signal: NodeJS.Signals, name: SignalName) => {
    const handler = () => listener(name);
    process.on(signal, handler);
    undo.push(() => process.off(signal, handler));
  };
  on("SIGTERM", "STOP");
  on("SIGINT", "STOP");
  on("SIGHUP", "RELOAD");
  on("SIGUSR1", "DATA");
  on("SIGUSR2", "STATS");
  for (const name of ["STATS_CLEAR", "JSON"] as const) {
    const end = onRealTimeSignal(signalNumbers[name], () => listener(name));
    if (end) undo.push(end);
  }
  return () => {
    for (const end of undo) end();
  };
}

interface SignalWrap {
  onsignal: (number: number) => void;
  start(number: number): number;
  unref(): void;
  close(): void;
}

/** undefined where Node has no such binding any more: then the control socket is the way. */
function onRealTimeSignal(number: number, listener: () => void): (() => void) | undefined {
  const node = process as { noDeprecation?: boolean };
  const { noDeprecation = false } = node;
  node.noDeprecation = true; // It is said to be deprecated, and nothing takes its place.
  try {
    const { binding } = process as unknown as { binding(name: string): { Signal: new () => SignalWrap } };
    const wrap = new (binding.call(process, "signal_wrap").Signal)();
    wrap.unref();
    wrap.onsignal = listener;
    if (wrap.start(number) === 0) return () => wrap.close();
    wrap.close();
  } catch {
    // Not there.
  } finally {
    node.noDeprecation = noDeprecation;
  }
  return undefined;
}
