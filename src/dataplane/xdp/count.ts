import { type EventName, eventIndex } from "./layout.js";
import { settings } from "./maps.js";

/** Counts an event that is not the rule. */
export function count(event: EventName): void {
  settings.here.events.atomic(eventIndex(event)).add(1);
}
