import type { StickTable } from "../model/table.js";
import { canBeKey } from "../read/key-types.js";
import type { ProxyDraft } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";

/** The tables that stick rules name are there, and take such keys. */
export function checkStickRules(reading: Reading, draft: ProxyDraft): void {
  for (const rule of draft.stickRules) {
    const name = rule.table ?? draft.name;
    const found = reading.tableNamed(name);
    if (!found)
      reading.failWith(
        rule.place,
        `Proxy '${draft.name}': unable to find ${rule.store === "response" ? "store table" : "stick-table"} '${name}'.`,
        "unknown-table",
      );
    else if (!canBeKey(rule.expression.type, found.table.type))
      reading.failWith(
        rule.place,
        `Proxy '${draft.name}': type of fetch not usable with type of stick-table '${name}'.`,
        "wrong-type",
      );
    else storeServer(found.table);
  }
}

/** Stick rules remember servers: their tables store them, also where `store` says nothing of it. */
function storeServer(table: StickTable): void {
  const stores = table.stores as StickTable["stores"][number][];
  for (const name of ["server_id", "server_key"])
    if (!stores.some((each) => each.name === name))
      stores.push({ name, periodMs: undefined, elements: undefined });
}
