import { time, whole } from "./readers.js";
import type { Readers } from "./reading.js";
import type { TimingDraft } from "./server-draft.js";

type Timed = { timing: TimingDraft };

/** As many seconds as a time may be: more than anybody waits. */
const most = 4294967;

/** delay_loop, retry, delay_before_retry, warmup, connect_timeout of a virtual server, a real server or a check. */
export const timingReaders = (leastRetry: number): Readers<Timed> => ({
  delay_loop: time(0.000001, most, (d, v) => void (d.timing.delayLoop = v)),
  retry: whole(leastRetry, 0xffffffff, (d, v) => void (d.timing.retry = v)),
  delay_before_retry: time(0, most, (d, v) => void (d.timing.delayBeforeRetry = v)),
  warmup: time(0, most, (d, v) => void (d.timing.warmup = v)),
  connect_timeout: time(0.000001, 4294.967295, (d, v) => void (d.timing.connectTimeout = v)),
});
