import type { Wire, WireHandler } from "../wire/wire.js";

const patienceMs = 1000;

/**
 * Ends our direction and reads what still comes, for a while: closing a socket with unread bytes sends RST, which would take the answer
 * away from a client that is still sending (RFC 9112 section 9.6).
 */
export function linger(wire: Wire, then: Pick<WireHandler, "onClose">): void {
  const timer = setTimeout(() => wire.destroy(), patienceMs);
  wire.handler = {
    onData() {},
    onEnd() {
      // Both directions have ended; what is pending is still sent.
      wire.end();
    },
    onDrain() {},
    onClose(error) {
      clearTimeout(timer);
      then.onClose(error);
    },
  };
  wire.end();
  wire.resume();
}
