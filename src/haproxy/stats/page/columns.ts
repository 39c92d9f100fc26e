/** The columns of the page in their groups; after them come those of modules. */
export const columnGroups = [
  [
    "Queue",
    [
      ["qcur", "Cur"],
      ["qmax", "Max"],
      ["qlimit", "Limit"],
    ],
  ],
  [
    "Session rate",
    [
      ["rate", "Cur"],
      ["rateMax", "Max"],
      ["rateLimit", "Limit"],
    ],
  ],
  [
    "Sessions",
    [
      ["scur", "Cur"],
      ["smax", "Max"],
      ["slim", "Limit"],
      ["stot", "Total"],
      ["lbtot", "LbTot"],
      ["last", "Last"],
    ],
  ],
  [
    "Bytes",
    [
      ["bin", "In"],
      ["bout", "Out"],
    ],
  ],
  [
    "Denied",
    [
      ["dreq", "Req"],
      ["dresp", "Resp"],
    ],
  ],
  [
    "Errors",
    [
      ["ereq", "Req"],
      ["econ", "Conn"],
      ["eresp", "Resp"],
    ],
  ],
  [
    "Warnings",
    [
      ["wretr", "Retr"],
      ["wredis", "Redis"],
    ],
  ],
  [
    "Server",
    [
      ["status", "Status"],
      ["check", "LastChk"],
      ["weight", "Wght"],
      ["active", "Act"],
      ["backup", "Bck"],
      ["failed", "Chk"],
      ["downs", "Dwn"],
      ["downtime", "Dwntme"],
      ["throttle", "Thrtle"],
    ],
  ],
] as const;

export type ColumnKey = (typeof columnGroups)[number][1][number][0];

/** What stands in each column of a line, as HTML; an absent one is empty. */
export type Cells = Partial<Record<ColumnKey, string>>;
