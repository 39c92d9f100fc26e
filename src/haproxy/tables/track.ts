import type { Sample, StickTableRun, TrackedEntry } from "../run/index.js";

/** What tracks entries: a session (tcp-request connection and session rules) or a stream (all other rules). */
export interface Tracker {
  readonly tracked: (TrackedEntry | undefined)[];
}

/** A session's entries, and those of a stream of it (undefined before there is one): of each slot the stream's own come first. */
export interface Tracking {
  readonly session: Tracker;
  readonly stream: Tracker | undefined;
}

/**
 * What `track-scN` does when its slot is still empty: takes the key's entry (making it), and counts conn_cnt, conn_rate and conn_cur.
 * The rule puts it in `tracked[N]` of the session or of the stream. undefined: the sample is no key, or the table is full.
 *
 * - tcp-request connection, session: `content` and `backend` false, into the session. Then once, when the session has passed these rules
 *   and its handshakes: `countSession`.
 * - tcp-request content and http rules: `content` true, into the stream, if neither the stream's slot nor the session's is taken;
 *   `backend` where the rule is of a back end that isn't the front end. Of http-request and http-response also `countTrackedRequest`.
 */
export function track(
  table: StickTableRun,
  sample: Sample,
  by: { readonly content: boolean; readonly backend: boolean } = { content: false, backend: false },
): TrackedEntry | undefined {
  const key = table.key(sample);
  const entry = key === undefined ? undefined : table.acquire(key);
  if (entry === undefined) return undefined;
  entry.touch();
  count(entry, "conn_cur", undefined);
  count(entry, "conn_cnt", "conn_rate");
  let released = false;
  return {
    table,
    entry,
    content: by.content,
    backend: by.backend,
    release() {
      if (released) return;
      released = true;
      if (table.has("conn_cur") && entry.get("conn_cur") > 0) entry.add("conn_cur", -1);
      entry.release();
    },
  };
}

/** Of http-request and http-response track-sc: the request counts for the entry though it came before; `status` is the response's, in http-response. */
export function countTrackedRequest(tracked: TrackedEntry, status: number | undefined): void {
  count(tracked.entry, "http_req_cnt", "http_req_rate");
  if (status === undefined) return;
  if (isClientError(status)) count(tracked.entry, "http_err_cnt", "http_err_rate");
  if (isServerFailure(status)) count(tracked.entry, "http_fail_cnt", "http_fail_rate");
}

/** Once, when a session is accepted: after tcp-request session rules, before its first stream. */
export function countSession(session: Tracker): void {
  for (const tracked of session.tracked) if (tracked) count(tracked.entry, "sess_cnt", "sess_rate");
}

/** When a request's head is whole, or was bad or late; before the front end's rules. (A client that said nothing is no request.) */
export function countRequest(tracking: Tracking): void {
  each(tracking, (tracked) => count(tracked.entry, "http_req_cnt", "http_req_rate"));
}

/** When the request passed to a back end that isn't the front end: only entries that the back end's own rules tracked by then. */
export function countBackendRequest(stream: Tracker): void {
  for (const tracked of stream.tracked)
    if (tracked?.backend) count(tracked.entry, "http_req_cnt", "http_req_rate");
}

/** When a request was bad or late (400, 408), or when a rule denied it; and by `countResponse` for 4xx of servers. */
export function countHttpError(tracking: Tracking): void {
  each(tracking, (tracked) => count(tracked.entry, "http_err_cnt", "http_err_rate"));
}

/** When a response was bad, late or missing (502, 504), or denied; and by `countResponse` for 5xx of servers. */
export function countHttpFailure(tracking: Tracking): void {
  each(tracking, (tracked) => count(tracked.entry, "http_fail_cnt", "http_fail_rate"));
}

/** When a server's response head came, before http-response rules. */
export function countResponse(tracking: Tracking, status: number): void {
  if (isClientError(status)) countHttpError(tracking);
  if (isServerFailure(status)) countHttpFailure(tracking);
}

/** Bytes from the client (of HTTP: heads and bodies), as they are forwarded or when the stream ends; what came since the last call. */
export function countBytesIn(tracking: Tracking, bytes: number): void {
  if (bytes > 0) each(tracking, (tracked) => count(tracked.entry, "bytes_in_cnt", "bytes_in_rate", bytes));
}

/** Bytes to the client. */
export function countBytesOut(tracking: Tracking, bytes: number): void {
  if (bytes > 0) each(tracking, (tracked) => count(tracked.entry, "bytes_out_cnt", "bytes_out_rate", bytes));
}

/** At the end of a session or stream; with "content" when a kept-alive connection's request is over. */
export function releaseTracked(tracker: Tracker, which: "all" | "content" = "all"): void {
  for (const [slot, tracked] of tracker.tracked.entries()) {
    if (tracked === undefined || (which === "content" && !tracked.content)) continue;
    tracker.tracked[slot] = undefined;
    tracked.release();
  }
}

/** 4xx */
export function isClientError(status: number): boolean {
  return status >= 400 && status < 500;
}

/** 5xx but what the client brings about: 501 and 505. */
export function isServerFailure(status: number): boolean {
  return status >= 500 && status < 600 && status !== 501 && status !== 505;
}

function each(tracking: Tracking, work: (tracked: TrackedEntry) => void): void {
  const own = tracking.stream?.tracked ?? [];
  const inherited = tracking.session.tracked;
  for (let slot = 0; slot < Math.max(own.length, inherited.length); slot++) {
    const tracked = own[slot] ?? inherited[slot];
    if (tracked !== undefined) work(tracked);
  }
}

function count(entry: TrackedEntry["entry"], counter: string, rate: string | undefined, amount = 1): void {
  entry.add(counter, amount);
  if (rate !== undefined) entry.add(rate, amount);
}
