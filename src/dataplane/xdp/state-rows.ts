/** Where a packet came from, and whether its connection's answers are seen: the first index of all transitions. */
export const Direction = {
  /** From the client, of a connection whose answers go past the director (DR, TUN). */
  inputOnly: 0,
  /** From the client, of a connection whose answers come through the director (NAT). */
  toServer: 1,
  /** From the server (NAT). */
  toClient: 2,
} as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/** A row of states as text, "SR ES ES …", read by a key of short names. */
export function readRow<State extends string>(row: string, key: Readonly<Record<string, State>>): State[] {
  return row.split(/\s+/).map((short) => {
    const state = key[short];
    if (state === undefined) throw new RangeError(`no state is called ${short}`);
    return state;
  });
}
