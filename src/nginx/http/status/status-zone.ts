import { type CountRows, CountZones } from "../../zones/count-rows.js";
import type { ZoneStore } from "../../zones/zone-store.js";
import type { HttpRequest } from "../request.js";

const kinds = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
const lasting = ["requests", ...kinds, "discarded", "received", "sent"] as const;
const now = ["processing"] as const;
type Column = (typeof lasting)[number] | (typeof now)[number];

/** What a zone of `status_zone` counts, of all workers. */
export type StatusZone = CountRows<Column>;
export type StatusZones = CountZones<Column>;

export const statusZones = (kind: "server" | "location", store: ZoneStore): StatusZones =>
  new CountZones<Column>(`status ${kind}`, lasting, now, store);

/** Of answers 1xx to 5xx. */
export const responsesOf = (zone: StatusZone): number[] => kinds.map((kind) => zone.sum(kind));

/** A request that is being worked on from now until it is over. */
export function beginInZone(zone: StatusZone, request: HttpRequest): void {
  zone.add("processing");
  request.onEnd.push(() => {
    zone.add("processing", -1);
    noteInZone(zone, request);
  });
}

/** A request is over. */
export function noteInZone(zone: StatusZone, { answer, exchange }: HttpRequest): void {
  zone.add("requests");
  const kind = kinds[Math.floor(answer.status / 100) - 1];
  if (!answer.sent) zone.add("discarded");
  else if (kind !== undefined) zone.add(kind);
  zone.add("received", exchange.headBytes + exchange.body.received);
  zone.add("sent", exchange.sentBytes);
}
