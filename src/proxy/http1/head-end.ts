import type { FieldFacts } from "./framing-fields.js";

/** Why a message is refused, and by which status. */
export interface HeadFault {
  readonly reason: string;
  readonly status: number;
}

/** Methods whose bodies mean nothing: in HTTP/1.0, where ends are easily misjudged, they are refused. */
const bodiless = new Set(["GET", "HEAD", "DELETE"]);

/**
 * What all fields of a head say together of its body's length (RFC 9112 section 6.3): settled in `facts`, or a fault. With Transfer-Encoding the
 * length is that one's, and the connection isn't used again.
 * @param makesHeads who sends the message on makes a head of his own: a length counts in HTTP/1.0 whatever the method
 */
export function endFraming(
  facts: FieldFacts,
  method: string,
  is11: boolean,
  makesHeads: boolean,
): HeadFault | undefined {
  const { isResponse } = facts;
  const hasBody = facts.chunked || (facts.contentLength > 0 && !makesHeads);
  if (!isResponse && !is11 && bodiless.has(method) && hasBody)
    return { reason: "a body where HTTP/1.0 has none", status: 413 };
  if (facts.transferEncoding) {
    if (facts.contentLength >= 0) {
      facts.close = true;
      facts.contentLength = -1;
    } else if (!is11) facts.close = true;
    if (!facts.chunkedLast && !isResponse)
      return { reason: "a Transfer-Encoding that doesn't end with chunked", status: 400 };
    if (facts.otherCoding) return { reason: "an unknown Transfer-Encoding", status: 422 };
  }
  if (!isResponse && facts.connectionUpgrade && !facts.websocketKey && isWebsocket(facts.upgrade))
    return { reason: "a WebSocket handshake without a key", status: 400 };
  return undefined;
}

function isWebsocket(upgrade: string | undefined): boolean {
  return upgrade !== undefined && /(?:^|,)\s*websocket\s*(?:,|$)/i.test(upgrade);
}
