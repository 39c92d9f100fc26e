/** What comes of an attempt: a verdict; an entry that holds; a server for this packet alone; nobody to take it. */
export const Outcome = { verdict: 0, entry: 1, onePacket: 2, nobody: 3 } as const;
