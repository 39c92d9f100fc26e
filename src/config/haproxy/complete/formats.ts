import { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";
import type { LogFormat } from "../model/expression.js";
import { type Place, placeText } from "../model/place.js";
import type { ProxySection } from "../model/proxy.js";
import type { ProxyDraft, WrittenBackend, WrittenFormat } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { checkpoint } from "../samples/checkpoints.js";
import { type FormatUse, logFormat } from "../samples/log-format.js";
import { standardFormats } from "../samples/log-variables.js";

type Formats = Pick<ProxySection, "logFormat" | "logFormatSd" | "uniqueIdFormat" | "errorLogFormat">;

/** A proxy's own formats, of those lines that it has and that a proxy of its kind uses. */
export function completeFormats(reading: Reading, draft: ProxyDraft): Formats {
  const read = (written: WrittenFormat | undefined, what: FormatLine, use: LineUse) =>
    written && ownFormat(reading, draft, written, what, use);
  const front = draft.frontend && !draft.disabled;
  const line: LineUse = { mandatory: true, merge: true };
  return {
    logFormat: front ? read(draft.logFormat, "log-format", line) : undefined,
    logFormatSd: front ? read(structuredData(draft), "log-format-sd", line) : undefined,
    uniqueIdFormat: draft.disabled
      ? undefined
      : read(draft.uniqueIdFormat, "unique-id-format", { http: true, merge: true }),
    errorLogFormat: front ? read(draft.errorLogFormat, "error-log-format", line) : undefined,
  };
}

type FormatLine = "log-format" | "log-format-sd" | "error-log-format" | "unique-id-format";
type LineUse = Omit<FormatUse, "places" | "column" | "mode">;

function ownFormat(
  reading: Reading,
  draft: ProxyDraft,
  written: WrittenFormat,
  what: FormatLine,
  use: LineUse,
): LogFormat | undefined {
  const { place } = written;
  const places =
    what === "unique-id-format"
      ? (draft.frontend ? checkpoint.frontendRequest : 0) | (draft.backend ? checkpoint.backendRequest : 0)
      : checkpoint.log;
  // What httplog and its like stand for may be given in mode tcp: a warning tells of it, and tcplog is taken.
  const standard = /^option https?log/.test(written.by) && draft.mode === "tcp";
  const text = standard ? standardFormats.tcp : written.text;
  try {
    return logFormat({ directive: lineAt(reading, draft, place), context: `in ${what} string in` }, text, {
      ...use,
      places,
      column: place.column,
      mode: draft.mode,
    });
  } catch (error) {
    tellMistake(reading, place, error, `failed to parse ${what.replace("unique-id-format", "unique-id")}`);
    return undefined;
  }
}

/** Lines in RFC 5424's format have structured data, if only "-". */
function structuredData(draft: ProxyDraft): WrittenFormat | undefined {
  if (draft.logFormatSd || !draft.logs.some((log) => log.format === "rfc5424")) return draft.logFormatSd;
  return { text: "- ", place: draft.place, by: "default" };
}

/**
 * A format in a use_backend or use-server rule, which HAProxy reads when all sections are known; undefined: it is wrong, and was said. `what`: how the error
 * begins; `context`: what the format stands in.
 */
export function ruleFormat(
  reading: Reading,
  draft: ProxyDraft,
  written: WrittenBackend,
  what: string,
  context: string,
): LogFormat | undefined {
  const { place } = written;
  try {
    return logFormat({ directive: lineAt(reading, draft, place), context }, written.name, {
      places: checkpoint.frontendRequest,
      column: place.column,
      mode: draft.mode,
    });
  } catch (error) {
    tellMistake(reading, place, error, `${what}`);
    return undefined;
  }
}

/** Tells of a format that can't be read. @throws what is no mistake of the configuration's */
function tellMistake(reading: Reading, place: Place, error: unknown, what: string): void {
  if (!(error instanceof Mistake)) throw error;
  reading.fatal++;
  reading.add("error", { ...place, column: error.about.column ?? place.column }, error.message, {
    ...error.about,
    code: "log-format",
    printed: `Parsing [${placeText(place)}]: ${what} : ${error.message}.`,
  });
}

/** A line to hang messages on that are found late. */
export function lineAt(reading: Reading, draft: ProxyDraft, place: Place): Directive {
  return new Directive(reading, place.file, place.line, [{ text: "", column: place.column }], "", draft);
}
