import { createHash } from "node:crypto";
import type { Peer } from "../peer.js";

/** Bytes of a server's number at most (NGX_HTTP_UPSTREAM_SID_LEN). */
export const MOST_ROUTE = 32;

const known = new WeakMap<Peer, string>();

/** What a client is given to come back to a server: its `route`, or the MD5 of its address ("10.0.0.1:80") in hexadecimal. */
export function serverId(peer: Peer): string {
  let id = known.get(peer) ?? peer.server.route;
  if (id === undefined) {
    id = createHash("md5").update(peer.name, "latin1").digest("hex");
    known.set(peer, id);
  }
  return id;
}
