import type { Diagnostic } from "../diagnostic.js";
import type { KeepalivedConfig } from "../model/index.js";
import type { Place } from "../model/place.js";
import type { World } from "../source/world.js";

/** Notes what makes no sense though it is no mistake of the words. */
export type Note = (
  place: Place,
  code: string,
  message: string,
  more?: Partial<Pick<Diagnostic, "severity" | "remedy" | "refused">>,
) => void;

/** One check of sense. */
export type Lint = (config: KeepalivedConfig, note: Note, world: World) => void;

/** A note-taker that fills a list; warnings unless it is told otherwise. */
export const noteInto =
  (list: Diagnostic[]): Note =>
  (place, code, message, more = {}) => {
    list.push({ place, severity: "warning", code, message, ...more });
  };
