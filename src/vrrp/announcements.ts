import type { VrrpInstance } from "../config/keepalived/model/index.js";
import type { VrrpAction } from "./types.js";

const never = Number.POSITIVE_INFINITY;

/** When a master announces its addresses: at once, garp_master_delay later, again every garp_master_refresh. */
export class Announcements {
  #waiting: { readonly at: number; readonly rounds: number }[] = [];
  #refreshAt: number | undefined;
  #vmacAt: number | undefined;

  get deadline(): number {
    let least = Math.min(this.#refreshAt ?? never, this.#vmacAt ?? never);
    for (const { at } of this.#waiting) least = Math.min(least, at);
    return least;
  }

  /** The rounds of a new master: now, and once more later. */
  begin(settings: VrrpInstance, now: number): VrrpAction[] {
    const { masterRepeat, masterDelay, masterRefresh } = settings.garp;
    this.clear();
    if (masterDelay > 0) this.#later(now + masterDelay, masterRepeat);
    if (masterRefresh > 0) this.#refreshAt = now + masterRefresh;
    if (settings.vmacGarpInterval) this.#vmacAt = now + settings.vmacGarpInterval;
    return announce(settings, masterRepeat);
  }

  /** Somebody with a lower priority was heard as master: who listened to it is to know better. */
  correct(settings: VrrpInstance, now: number): VrrpAction[] {
    const { lowerPriorityRepeat, lowerPriorityDelay } = settings.garp;
    if (lowerPriorityRepeat > 0 && lowerPriorityDelay > 0)
      this.#later(now + lowerPriorityDelay, lowerPriorityRepeat);
    return announce(settings, lowerPriorityRepeat);
  }

  /** A process that takes over goes on with the refreshing alone; the file may have changed its period. */
  continue(settings: VrrpInstance, now: number): void {
    const { masterRefresh } = settings.garp;
    this.#refreshAt =
      masterRefresh > 0 ? Math.min(this.#refreshAt ?? now + masterRefresh, now + masterRefresh) : undefined;
    this.#vmacAt = settings.vmacGarpInterval ? now + settings.vmacGarpInterval : undefined;
  }

  clear(): void {
    this.#waiting = [];
    this.#refreshAt = this.#vmacAt = undefined;
  }

  /** What is due. */
  tick(settings: VrrpInstance, now: number): VrrpAction[] {
    const due = this.#waiting.filter(({ at }) => at <= now);
    const actions = due.flatMap(({ rounds }) => announce(settings, rounds));
    if (due.length > 0) this.#waiting = this.#waiting.filter(({ at }) => at > now);
    if (this.#refreshAt !== undefined && this.#refreshAt <= now) {
      this.#refreshAt = now + settings.garp.masterRefresh;
      actions.push(...announce(settings, settings.garp.masterRefreshRepeat));
    }
    if (this.#vmacAt !== undefined && this.#vmacAt <= now) {
      this.#vmacAt = now + settings.vmacGarpInterval!;
      actions.push({ kind: "announce-vmac", instance: settings.name, settings });
    }
    return actions;
  }

  /** A second round for the same reason takes the place of one that is due within the same moment: many adverts, few rounds. */
  #later(at: number, rounds: number): void {
    const last = this.#waiting.at(-1);
    if (last && at - last.at < 1000 && last.rounds >= rounds) return;
    this.#waiting.push({ at, rounds });
  }
}

function announce(settings: VrrpInstance, rounds: number): VrrpAction[] {
  return rounds > 0 ? [{ kind: "announce", instance: settings.name, settings, rounds }] : [];
}
