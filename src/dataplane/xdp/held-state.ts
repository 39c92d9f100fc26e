import { RondoError } from "../../errors.js";
import type { FolderLock } from "../../sys/index.js";
import { watchAnswers } from "./answers-attached.js";
import { allowRouting, attachWhereMissing } from "./attach.js";
import { goOn, isGrowing } from "./growth.js";
import { HostNetwork } from "./host-network.js";
import { DirectorState } from "./state.js";
import { endDeadTrace } from "./trace-switch.js";

/**
 * Milliseconds within which the interfaces are not looked at again: thousands of changes that come at once need it once, and
 * once more when the plane is closed.
 */
const attachPeriod = 1000;

/** The state of a director, made when something is changed first, its lock, and what follows a change: the interfaces. */
export class HeldState {
  #state: DirectorState | undefined;
  #network: HostNetwork | undefined;
  #attachedAt = 0;
  /** Whether something was changed since the director was last looked for at the interfaces. */
  #attachLater = false;
  #hasTriedToGrow = false;
  /** While changes are made together: the lock, once the first of them has taken it. */
  #together: { lock?: FolderLock; hasChanged: boolean } | undefined;

  readonly #warn: (sentence: string) => void;

  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
    this.#state = DirectorState.open();
  }

  /** The director's state, if there is one. */
  get state(): DirectorState | undefined {
    return this.#state;
  }

  /** Whether that is the state that there is now: it was not reset since. Where there was none, there may be one now. */
  isCurrent(): boolean {
    return this.#state?.isCurrent() ?? false;
  }

  /** Holds the lock from the first change of `work` to its end, and sees to what follows changes once. */
  together<T>(work: () => T): T {
    if (this.#together) return work();
    const held: { lock?: FolderLock; hasChanged: boolean } = { hasChanged: false };
    this.#together = held;
    try {
      const result = work();
      if (held.hasChanged) this.#state!.locked(() => this.#follow(this.#state!));
      return result;
    } finally {
      this.#together = undefined;
      held.lock?.release();
    }
  }

  /** Makes the state if there is none, holds the lock while `work` changes something, and sees to it that the director is attached. */
  change(work: (state: DirectorState) => void): void {
    this.locked((state) => {
      work(state);
      if (this.#together) this.#together.hasChanged = true;
      else this.#follow(state);
    });
  }

  /** What has to be seen to after a change, or after several together. */
  #follow(state: DirectorState): void {
    allowRouting();
    this.#attachLater = Date.now() - this.#attachedAt < attachPeriod;
    if (!this.#attachLater) this.#attach(state);
  }

  /** What was put off is done, unless there is no director any more. */
  #attachAtLast(): void {
    this.#attachLater = false;
    try {
      this.#state?.locked(() => this.#attach(this.#state!));
    } catch (error) {
      if (!(error instanceof RondoError && error.code === "state-gone")) throw error;
    }
  }

  #attach(state: DirectorState): void {
    this.#attachedAt = Date.now();
    endDeadTrace(state, this.host);
    if (isGrowing(state) && !this.#hasTriedToGrow) this.#goOnGrowing(state);
    if (state.settings.chosen === 0)
      for (const { link, error } of attachWhereMissing(state, this.host))
        this.#warn(`the director is not attached to ${link.name}: ${error.message}`);
    for (const { link, error } of watchAnswers(state, this.host))
      this.#warn(`the director doesn't see what its own servers answer by ${link.name}: ${error.message}`);
  }

  /** Somebody was killed while the connection table grew, or not all found a place. It takes seconds, so it is tried once. */
  #goOnGrowing(state: DirectorState): void {
    this.#hasTriedToGrow = true;
    try {
      goOn(state, this.host);
    } catch (error) {
      this.#warn(`the connection table can't be made larger: ${(error as Error).message}`);
    }
  }

  /** Holds the lock while `work` runs. A state that was reset since it was opened is opened, or made, once more. */
  locked(work: (state: DirectorState) => void): void {
    for (;;) {
      const state = (this.#state ??= DirectorState.openOrCreate());
      try {
        if (!this.#together) this.#network?.forget();
        else if (!this.#together.lock) {
          this.#together.lock = state.hold();
          this.#network?.forget();
        }
        state.locked(() => work(state));
        return;
      } catch (error) {
        if (!(error instanceof RondoError && error.code === "state-gone")) throw error;
        state.close();
        this.#state = undefined;
      }
    }
  }

  /** The host's network, opened when it is needed first. */
  get host(): HostNetwork {
    this.#network ??= new HostNetwork();
    return this.#network;
  }

  close(): void {
    if (this.#attachLater) this.#attachAtLast();
    this.#network?.close();
    this.#state?.close();
  }
}
