import type { VrrpInstance } from "../config/keepalived/model/index.js";

/**
 * An instance's settings after what excludes what: an address owner and `state MASTER` preempt; preempt_delay is nothing with nopreempt;
 * vrrp_strict sets what RFC 5798 doesn't know to what it says. As keepalived's vrrp_complete_instance() does; doing it twice changes nothing.
 */
export function settled(instance: VrrpInstance): VrrpInstance {
  const owner = instance.priority === 255;
  const begins = owner || instance.state === "MASTER";
  const preempt = instance.preempt || begins;
  const strict = instance.strict;
  const delayed = preempt && !begins && !strict;
  return {
    ...instance,
    preempt,
    preemptDelay: delayed ? instance.preemptDelay : 0,
    ...(strict && {
      state: owner ? "MASTER" : "BACKUP",
      downTimerAdverts: 3,
      lowerPriorityNoAdvert: true,
      higherPrioritySendAdvert: false,
      garp: { ...instance.garp, lowerPriorityRepeat: 0, lowerPriorityDelay: 0 },
      accept: instance.accept && (owner || instance.version === 3),
    }),
  };
}
