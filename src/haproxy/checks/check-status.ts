/** How a check ended (check.c, enum healthcheck_status). The numbers are those of `show servers state`. */
export const checkStatus = {
  UNKNOWN: 0,
  INI: 1,
  START: 2,
  CHECKED: 3,
  HANA: 4,
  SOCKERR: 5,
  L4OK: 6,
  L4TOUT: 7,
  L4CON: 8,
  L6OK: 9,
  L6TOUT: 10,
  L6RSP: 11,
  L7TOUT: 12,
  L7RSP: 13,
  L57DATA: 14,
  L7OK: 15,
  L7OKC: 16,
  L7STS: 17,
  PROCERR: 18,
  PROCTOUT: 19,
  PROCOK: 20,
} as const;

export type CheckStatus = (typeof checkStatus)[keyof typeof checkStatus];

/** What a check's end means for its server. */
export const checkResult = { unknown: 0, neutral: 1, failed: 2, passed: 3, conditional: 4 } as const;

const { unknown, neutral, failed, passed, conditional } = checkResult;

const table: readonly (readonly [result: number, name: string, description: string])[] = [
  [unknown, "UNK", "Unknown"],
  [unknown, "INI", "Initializing"],
  [unknown, "UNK", "Unknown"],
  [neutral, "CHECKED", "No status change"],
  [failed, "HANA", "Health analyze"],
  [failed, "SOCKERR", "Socket error"],
  [passed, "L4OK", "Layer4 check passed"],
  [failed, "L4TOUT", "Layer4 timeout"],
  [failed, "L4CON", "Layer4 connection problem"],
  [passed, "L6OK", "Layer6 check passed"],
  [failed, "L6TOUT", "Layer6 timeout"],
  [failed, "L6RSP", "Layer6 invalid response"],
  [failed, "L7TOUT", "Layer7 timeout"],
  [failed, "L7RSP", "Layer7 invalid response"],
  [unknown, "UNK", "Unknown"],
  [passed, "L7OK", "Layer7 check passed"],
  [conditional, "L7OKC", "Layer7 check conditionally passed"],
  [failed, "L7STS", "Layer7 wrong status"],
  [failed, "PROCERR", "External check error"],
  [failed, "PROCTOUT", "External check timeout"],
  [passed, "PROCOK", "External check passed"],
];

/** 0: it changes no result (CHECKED and what is under way). */
export function resultOf(status: number): number {
  return table[status]?.[0] ?? unknown;
}

/** "L4OK" */
export function statusName(status: number): string {
  return table[status]?.[1] ?? "UNK";
}

/** "Layer4 check passed" */
export function statusDescription(status: number): string {
  return table[status]?.[2] ?? "Unknown";
}

/** The status that a rule's word names ("L7OKC"). */
export function statusNamed(name: string): CheckStatus {
  return checkStatus[name as keyof typeof checkStatus];
}

/** Bits of a check's state. */
export const checkBit = {
  inProgress: 1,
  configured: 2,
  enabled: 4,
  paused: 8,
  agent: 16,
  noPort: 32,
} as const;
