import { type CountRows, CountZones } from "../zones/count-rows.js";
import type { ZoneStore } from "../zones/zone-store.js";
import type { Session } from "./session.js";

const lasting = ["connections", "2xx", "4xx", "5xx", "discarded", "received", "sent"] as const;
type Column = (typeof lasting)[number] | "processing";

/** What a zone of stream's `status_zone` counts, of all workers. */
export type SessionZone = CountRows<Column>;
export type SessionZones = CountZones<Column>;

export const sessionZones = (store: ZoneStore): SessionZones =>
  new CountZones<Column>("status stream", lasting, ["processing"], store);

/** Sessions that have begun. */
const begun = new WeakSet<Session>();

export function beginInZone(zone: SessionZone, session: Session): void {
  begun.add(session);
  zone.add("processing");
}

/** A session is over; one that came to nothing (a broken PROXY protocol) hadn't begun. */
export function endInZone(zone: SessionZone, session: Session): void {
  if (begun.delete(session)) zone.add("processing", -1);
  zone.add("connections");
  const kind = Math.floor(session.status / 100);
  if (kind === 2 || kind === 4 || kind === 5) zone.add(`${kind}xx`);
  else zone.add("discarded");
  zone.add("received", session.received);
  zone.add("sent", session.sent);
}
