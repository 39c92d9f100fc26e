import { unlikely } from "../../asm/index.js";
import { type EventName, eventIndex } from "./layout.js";
import { settings } from "./maps.js";
import { isCapturing, noteReason } from "./recorder.js";

/** Counts an event that is not the rule; while packets are recorded it stands with the packet. */
export function count(event: EventName): void {
  const index = eventIndex(event);
  settings.here.events.atomic(index).add(1);
  unlikely(isCapturing(), () => {
    noteReason(index + 1);
  });
}
