import type { Block } from "../../config/nginx/block.js";
import * as directives from "../../config/nginx/directives/stream/limits.js";
import type { Log } from "../../errors.js";
import { type ConnectionZone, connectionZone } from "../http/phases/limit-connections.js";
import { type Compiled, compile } from "../script/compile.js";
import type { Registry } from "../variables/registry.js";
import { type CountRows, type Limited, limitCounts } from "../zones/count-rows.js";
import { ownZones } from "../zones/zone-store.js";
import { say } from "./say.js";
import type { Session } from "./session.js";

/** Zones of limit_conn_zone by their names. */
export type Zones = ReadonlyMap<
  string,
  { readonly zone: ConnectionZone; readonly key: Compiled<Session>; readonly counts: CountRows<Limited> }
>;

/** Lets a session in, until it ends; false: there are as many as may be of one of its keys. */
export type Limit = (session: Session, log: Log) => boolean;

export function makeZones(
  stream: Block,
  registry: Registry<Session>,
  store = ownZones(),
  counts = limitCounts("stream limit_conn", store),
): Zones {
  return new Map(
    stream.value(directives.limitConnZone).map(({ name, size, key }) => [
      name,
      {
        zone: connectionZone(store, "stream limit_conn", name, size, key.text),
        key: compile(key, registry),
        counts: counts.take(name),
      },
    ]),
  );
}

/** What a server's `limit_conn` says (ngx_stream_limit_conn_module). */
export function connectionLimit(block: Block, zones: Zones): Limit {
  const said = block.value(directives.limitConn) ?? [];
  const dryRun = block.value(directives.limitConnDryRun);
  const level = block.value(directives.limitConnLogLevel);
  const sentence = `limiting connections${dryRun ? ", dry run," : ""} by zone`;
  return (session, log) => {
    for (const { zone: name, connections } of said) {
      const found = zones.get(name);
      const key = found?.key.value(session) ?? "";
      if (found === undefined || key === "") continue;
      if (found.zone.enter(key, connections)) {
        session.limitStatus = "PASSED";
        found.counts.add("passed");
        session.onEnd.push(() => found.zone.leave(key));
        continue;
      }
      say(log, level === "notice" ? "info" : level, session, `${sentence} "${name}"`);
      for (const leave of session.onEnd.splice(0)) leave();
      found.counts.add(dryRun ? "rejected_dry_run" : "rejected");
      session.limitStatus = dryRun ? "REJECTED_DRY_RUN" : "REJECTED";
      return dryRun;
    }
    return true;
  };
}
