import { eventTime } from "../../../../proxy/index.js";
import type { HttpRequest } from "../../request.js";
import type { FailureKind } from "./failure.js";
import type { NextUpstream, ProxySettings } from "./settings.js";

/** Methods that change something each time. */
const changing = new Set(["POST", "LOCK", "PATCH"]);

/** Whether proxy_next_upstream wants another server asked after this. Of a status that is known already. */
export function wantsNext(next: NextUpstream, kind: FailureKind): boolean {
  switch (kind) {
    case "error":
      return next.error;
    case "timeout":
      return next.timeout;
    case "invalid_header":
      return next.invalidHeader;
    default:
      return true;
  }
}

/**
 * Whether a request may be sent to another server.
 * @param sent - a server has had it, or a part of it
 * @param beganAt - when the first server was asked
 */
export function mayRepeat(
  request: HttpRequest,
  settings: ProxySettings,
  sent: boolean,
  beganAt: number,
): boolean {
  const { next } = settings;
  if (sent && changing.has(request.method) && !next.nonIdempotent) return false;
  if (sent && isStreamed(request, settings)) return false;
  return next.timeoutMs === 0 || eventTime() - beganAt < next.timeoutMs;
}

/** The body went to the server as it came: it is there no more. */
function isStreamed({ exchange }: HttpRequest, settings: ProxySettings): boolean {
  return settings.passBody && !settings.requestBuffering && exchange.body.length !== 0;
}
