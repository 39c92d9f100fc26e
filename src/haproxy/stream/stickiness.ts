import type { StickTableRun, TableKey } from "../run/index.js";
import { mayPersist } from "./persistence.js";
import type { Stream } from "./stream.js";

/** What a stick rule will store once the server is known. */
export interface StickStore {
  readonly table: StickTableRun;
  readonly key: TableKey;
}

/** A stream has room for so many (struct stream, store): rules beyond store nothing. */
const mostStores = 8;

/** `stick on`, `stick match`, `stick store-request`. */
export function applyStickRules(stream: Stream): void {
  const { stores, search } = stream;
  for (const step of stream.back.stickRequest) {
    if (step.store && stores.some((each) => each.table === step.table)) continue;
    if (step.test !== undefined && !step.test(stream.requestContext)) continue;
    const sample = step.key(stream.requestContext);
    if (sample === undefined || typeof sample === "symbol") continue;
    const key = step.table.key(sample);
    if (key === undefined) continue;
    if (step.match) {
      const entry = step.table.lookup(key);
      if (entry !== undefined) {
        if (search.wanted === undefined) {
          const server = stream.streams.storedServer(stream.backend, entry);
          if (server !== undefined && mayPersist(stream, server)) search.stickTo(server);
        }
        entry.touch();
      }
    }
    if (step.store && stores.length < mostStores) stores.push({ table: step.table, key });
  }
}

/** `stick store-response`, and what was put aside to be stored once the server is known. */
export function storeServer(stream: Stream): void {
  const { stores, server } = stream;
  const before = stores.length;
  for (const step of stream.back.stickResponse) {
    if (stores.some((each, at) => at >= before && each.table === step.table)) continue;
    if (step.test !== undefined && !step.test(stream.responseContext)) continue;
    const sample = step.key(stream.responseContext);
    if (sample === undefined || typeof sample === "symbol") continue;
    const key = step.table.key(sample);
    if (key !== undefined && stores.length < mostStores) stores.push({ table: step.table, key });
  }
  if (server !== undefined && stream.tools?.sticky !== false)
    for (const { table, key } of stores) stream.streams.storeServer(table, key, server);
  stores.length = 0;
}
