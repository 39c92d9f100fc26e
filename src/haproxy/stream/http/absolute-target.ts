import type { RequestHead } from "../../../proxy/index.js";
import { withoutDefaultPort } from "../../rules/uri.js";

/** Of a target that names its host: what is meant without a port is said without it, in Host too. */
export function withoutPort(request: RequestHead): void {
  const made = withoutDefaultPort(request.target);
  if (made === undefined) return;
  request.target = made.target;
  if (request.authority !== undefined) request.authority = made.host;
  const { names, values } = request.headers;
  for (let at = 0; at < names.length; at++) if (names[at] === "host") values[at] = made.host;
}
