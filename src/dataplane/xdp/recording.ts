import { explainMissing, RingBufferReader } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import type { ReadySet } from "../../sys/index.js";
import { ticks } from "./layout.js";
import { captures } from "./recorder.js";
import { lockRecording, type RecordingLock } from "./recording-lock.js";
import { type DirectorState, tickNow } from "./state.js";

interface RecordingOptions {
  /** "a capture": what it is called where the kernel has no way to do it. */
  readonly what: string;
  /** A record as the packet program wrote it; the offset makes nanoseconds since 1970 of its clock. */
  readonly onRecord: (record: Buffer, offset: bigint) => void;
  /** Somebody has reset the director: nothing more will come. */
  readonly onGone: () => void;
}

/** Milliseconds after which its end is put off again, and seconds that it then lasts without. */
const renewal = 1000;
const lifetime = 10;
/** Records read at once: then timers and signals have a turn. */
const atOnce = 1000;

/**
 * What is common to all that has the packet program tell of packets, until {@link stop}: one process at a time does, and if it
 * is killed, the packet program ceases by itself after some seconds.
 */
export class Recording {
  readonly #state: DirectorState;
  readonly #ready: ReadySet;
  readonly #onGone: () => void;
  readonly #lock: RecordingLock;
  readonly #reader: RingBufferReader;
  #timer: NodeJS.Timeout | undefined;
  #paused = 0;
  #isOn = false;

  /** It doesn't begin yet. @throws RondoError "capture-running", "no-bpf" */
  constructor(state: DirectorState, ready: ReadySet, { what, onRecord, onGone }: RecordingOptions) {
    const missing = explainMissing("xdp-load-bytes");
    if (missing) throw new RondoError("no-bpf", `${what} ${missing}`);
    this.#state = state;
    this.#ready = ready;
    this.#onGone = onGone;
    this.#lock = lockRecording();
    try {
      const offset = clockOffset();
      this.#reader = new RingBufferReader(state.maps[captures.name]!, (record) => {
        if (this.#isOn) onRecord(record, offset);
      });
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** What one left who was killed is not told. `eachTurn` is called about once a second. */
  begin({ before = () => {}, eachTurn = () => {} } = {}): void {
    this.#reader.drain();
    before();
    this.#isOn = true;
    this.#putOff();
    this.#ready.add(this.#reader.fd, () => this.#reader.drain(atOnce));
    this.#timer = setInterval(() => {
      if (!isThere(this.#state)) return this.#onGone();
      if (this.#state.settings.capturing === 0) this.#paused++;
      this.#putOff();
      eachTurn();
    }, renewal);
  }

  /**
   * Ends it, begun or not; what was recorded before still comes, then `last` has its turn.
   * @returns how often the packet program thought that this process was dead.
   */
  stop(last: () => void = () => {}): number {
    clearInterval(this.#timer);
    try {
      if (this.#isOn) {
        this.#state.settings.capturing = 0;
        this.#reader.drain();
        last();
      }
    } finally {
      if (this.#isOn) this.#ready.remove(this.#reader.fd);
      this.#isOn = false;
      this.#reader.close();
      this.#lock.release();
    }
    return this.#paused;
  }

  #putOff(): void {
    this.#state.settings.capturing = (tickNow() + ticks(lifetime)) >>> 0 || 1;
  }
}

/** Whether the director was not reset; while somebody does so its pins can't be read. */
export function isThere(state: DirectorState): boolean {
  try {
    return state.isCurrent();
  } catch {
    return false;
  }
}

/** Nanoseconds from 1970 to the moment from which the packet program counts. */
function clockOffset(): bigint {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return BigInt(microseconds) * 1000n - process.hrtime.bigint();
}
