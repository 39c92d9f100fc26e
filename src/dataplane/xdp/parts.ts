import { claimer } from "./claim.js";
import { finder, hasher, type Secrets, type Table } from "./flow.js";
import { settler } from "./settle.js";
import { remover } from "./track.js";

/** What the functions that make entries are made of, for one table. */
export function partsOf(table: Table, secrets: Secrets) {
  const removal = remover(table);
  return {
    table,
    secrets,
    ...removal,
    claim: claimer(table, removal),
    settle: settler(table, removal.withdraw),
    hash: hasher(secrets),
    findFlow: finder(table),
  };
}
export type Parts = ReturnType<typeof partsOf>;
