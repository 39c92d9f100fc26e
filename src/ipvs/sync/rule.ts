/** What decides when an entry is told (the sysctls sync_threshold, sync_period, sync_refresh_period). */
export interface SyncRule {
  readonly threshold: number;
  readonly period: number;
  /** Seconds; 0: packets decide. */
  readonly refreshPeriod: number;
  /** Of connections with persistence only their templates are told (sync_persist_mode). */
  readonly onlyTemplates: boolean;
}

/** What is known of an entry now, and when it was told last. */
export interface SyncSight {
  readonly template: boolean;
  readonly protocol: number;
  readonly state: number;
  /** Packets that came in, in all, and how many there were at the look before. */
  readonly packets: number;
  readonly packetsBefore: number;
  /** As it was told last; 0: never. */
  readonly toldState: number;
  /** Seconds that it lives after a packet. */
  readonly timeout: number;
  /** By how many seconds its end was put off since it was told last; Infinity: it never was. */
  readonly putOff: number;
}

const established: Readonly<Record<number, number>> = { 6: 1, 132: 8 };
/** TCP: ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, CLOSE_WAIT. SCTP: ESTABLISHED, S-SENT, S-RECEIVED, S-ACK-SENT, CLOSED. */
const toldStates: Readonly<Record<number, readonly number[]>> = {
  6: [1, 4, 5, 6, 7],
  132: [8, 9, 10, 11, 13],
};

/** Whether others are told of a connection that is in this state at all. */
export const isTold = (protocol: number, state: number): boolean =>
  toldStates[protocol]?.includes(state) ?? true;

/** How often `packets` has been at the threshold of a period. */
const periodsIn = (packets: number, { threshold, period }: SyncRule): number =>
  packets < threshold ? 0 : period === 0 ? 1 : 1 + Math.floor((packets - threshold) / period);

/**
 * Whether others are to be told of an entry now (net/netfilter/ipvs/ip_vs_sync.c, ip_vs_sync_conn_needed). The kernel asks at each packet,
 * this at each look through the table: what happened between two looks is told once.
 */
export function isDue(sight: SyncSight, rule: SyncRule): boolean {
  const { template, protocol, state, packets, packetsBefore, timeout, putOff } = sight;
  if (!template) {
    if (!isTold(protocol, state) || packets === packetsBefore) return false;
    const changed = toldStates[protocol] !== undefined && state !== sight.toldState;
    if (changed && state !== established[protocol]) return true;
  }
  // Nobody has to hear of a template at every packet: half its time is soon enough.
  const halfway = putOff >= Math.min(10, timeout / 2);
  if (template) return halfway;
  if (rule.refreshPeriod > 0) {
    const least = Math.min(rule.refreshPeriod, Math.max(timeout / 2, 10));
    if (putOff < least) return false;
    if (rule.period === 0) return true;
  }
  return periodsIn(packets, rule) > periodsIn(packetsBefore, rule);
}
