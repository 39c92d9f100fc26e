// HAProxy's agent check: the server connects and reads one line of ASCII that ends with the first CR or LF.
//
//   answer      = [ word *( separator word ) ] [ "#" description ] ( CR / LF )
//   separator   = " " / TAB / ","
//   word        = 1*DIGIT "%"            weight, as a part of the configured one
//               / "maxconn:" 1*DIGIT     connections at once
//               / "ready" / "drain" / "maint"              administrative state
//               / "up" / "down" / "stopped" / "fail"       operating state
//
// Source: HAProxy 2.6, configuration manual, section 5.2, "agent-check". What a line doesn't say stays as it was.

export const administrativeStates = ["ready", "drain", "maint"] as const;
export const operatingStates = ["up", "down", "stopped", "fail"] as const;

/** drain: nothing new but what persistence brings; maint: nothing at all; ready ends both. */
export type AdministrativeState = (typeof administrativeStates)[number];
/** down: it doesn't work; stopped: on purpose; fail: it is up and gives wrong answers; up ends all three. */
export type OperatingState = (typeof operatingStates)[number];

/** What an agent says. What it doesn't say stays as it was. */
export interface AgentReport {
  /** The weight in percent of the configured one, a whole number. */
  readonly percent?: number;
  /** How many connections at once. */
  readonly maxConnections?: number;
  readonly administrative?: AdministrativeState;
  readonly operating?: OperatingState;
  /** Why; printable ASCII without line ends. */
  readonly description?: string;
}

/** A report, and the words of the line that mean nothing. */
export interface ReadReport {
  readonly report: AgentReport;
  readonly unknown: readonly string[];
}

/** No answer is longer than this, in bytes: what comes after is not read. */
export const longestAnswer = 1024;

/** Reads an answer up to its first line end. Of a word that is said twice the last one counts. */
export function parseAgentLine(text: string): ReadReport {
  const line = /^[^\r\n]*/.exec(text)![0];
  const sharp = line.indexOf("#");
  const words = (sharp < 0 ? line : line.slice(0, sharp)).split(/[ \t,]+/).filter((word) => word !== "");
  const description = sharp < 0 ? "" : printable(line.slice(sharp + 1)).trim();
  const unknown: string[] = [];
  let report: AgentReport = description === "" ? {} : { description };
  for (const word of words) {
    const part = readWord(word.toLowerCase());
    if (part) report = { ...report, ...part };
    else unknown.push(printable(word));
  }
  return { report, unknown };
}

function readWord(word: string): AgentReport | undefined {
  const number = /^(maxconn:)?(\d{1,9})(%)?$/.exec(word);
  if (number) {
    if (number[1] && !number[3]) return { maxConnections: Number(number[2]) };
    return number[3] && !number[1] ? { percent: Number(number[2]) } : undefined;
  }
  const administrative = administrativeStates.find((state) => state === word);
  if (administrative) return { administrative };
  const operating = operatingStates.find((state) => state === word);
  return operating && { operating };
}

/** A report as an answer, with its line end. {@link parseAgentLine} reads it as it was. */
export function agentLine(report: AgentReport): string {
  const { percent, maxConnections, administrative, operating, description } = report;
  const words = [
    ...(administrative ? [administrative] : []),
    ...(operating ? [operating] : []),
    ...(percent === undefined ? [] : [`${Math.max(0, Math.round(percent))}%`]),
    ...(maxConnections === undefined ? [] : [`maxconn:${Math.max(0, Math.round(maxConnections))}`]),
  ];
  const line = words.join(" ").slice(0, longestAnswer / 2);
  const said = printable(description ?? "").trim();
  return said === "" ? `${line}\n` : `${`${line} #${said}`.slice(0, longestAnswer - 1)}\n`;
}

/** Only what every terminal shows: the text comes from another machine. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ");
