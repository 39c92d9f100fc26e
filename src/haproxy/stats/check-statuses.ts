/**
 * The results a health check may have, by HAProxy's numbers (check-t.h, enum healthcheck_status; `show servers state` shows them), with
 * their short names in `show stat` and in words. 15 and 16 end a check well; from 6 on one has been made.
 */
export const checkStatuses: readonly (readonly [name: string, words: string, failed: boolean])[] = [
  ["UNK", "Unknown", false],
  ["INI", "Initializing", false],
  ["", "", false], // started
  ["", "", false], // the line between those that aren't a result and those that are
  ["HANA", "Health analyze", true],
  ["SOCKERR", "Socket error", true],
  ["L4OK", "Layer4 check passed", false],
  ["L4TOUT", "Layer4 timeout", true],
  ["L4CON", "Layer4 connection problem", true],
  ["L6OK", "Layer6 check passed", false],
  ["L6TOUT", "Layer6 timeout", true],
  ["L6RSP", "Layer6 invalid response", true],
  ["L7TOUT", "Layer7 timeout", true],
  ["L7RSP", "Layer7 invalid response", true],
  ["", "", false], // from here on layers 5 to 7 gave a code
  ["L7OK", "Layer7 check passed", false],
  ["L7OKC", "Layer7 check conditionally passed", false],
  ["L7STS", "Layer7 wrong status", true],
  ["PROCERR", "External check error", true],
  ["PROCTOUT", "External check timeout", true],
  ["PROCOK", "External check passed", false],
];

export const firstResult = 3;
export const firstWithCode = 14;

/** The number of a check's status; "* " before it says that one is under way. */
export function checkStatusNumber(status: string): number {
  const name = status.replace(/^\* /, "");
  return name === ""
    ? 0
    : Math.max(
        checkStatuses.findIndex(([known]) => known === name),
        0,
      );
}

/** What a status means in words. */
export function checkStatusWords(status: string): string {
  return checkStatuses[checkStatusNumber(status)]?.[1] ?? "";
}
