/** A copy from one register to another. */
export interface Move {
  readonly to: number;
  readonly from: number;
}

/**
 * Puts moves that mean "all at once" into an order in which they can be done one after the other. No register is written
 * twice. Where they form a ring (r1 to r2 and r2 to r1) one value waits elsewhere: in r0 if no move writes it, as before a
 * call, else in one of r6 to r9, which hold nothing where a function begins.
 */
export function inOrder(moves: readonly Move[]): Move[] {
  const ordered: Move[] = [];
  let pending = moves.filter(({ to, from }) => to !== from);
  while (pending.length > 0) {
    const free = pending.find(({ to }) => !pending.some(({ from }) => from === to));
    if (free) {
      ordered.push(free);
      pending = pending.filter((move) => move !== free);
      continue;
    }
    // Only rings are left. What came from r0 has left it by now: a ring has every register that it reads also written.
    const waiting = [0, 9, 8, 7, 6].find((register) => !moves.some(({ to }) => to === register))!;
    const first = pending[0]!;
    ordered.push({ to: waiting, from: first.from });
    pending = pending.map((move) => (move.from === first.from ? { to: move.to, from: waiting } : move));
  }
  return ordered;
}
