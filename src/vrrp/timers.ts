/**
 * RFC 5798 6.1 and keepalived's reading of it; all milliseconds. The skew of version 2 is a part of a second whatever the
 * interval is, that of version 3 a part of the master's interval.
 */
export function skew(version: 2 | 3, priority: number, masterInterval: number): number {
  return ((256 - priority) * (version === 3 ? masterInterval : 1000)) / 256;
}

/** How long a backup waits for the next advertisement. `adverts` is down_timer_adverts. */
export function masterDown(
  version: 2 | 3,
  priority: number,
  masterInterval: number,
  adverts: number,
): number {
  return adverts * masterInterval + skew(version, priority, masterInterval);
}

/** How long the slowest other router may take after a priority 0, and a moment for it to get here. */
export function handoverBound(version: 2 | 3, interval: number): number {
  return skew(version, 1, interval) + 150;
}

/** From a new master's advertisement to its addresses' announcements (the real one needs 70 µs, a busy machine more). */
export const handoverSettle = 50;
