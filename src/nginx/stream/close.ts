import type { Wire, WireHandler } from "../../proxy/index.js";

/** Of a wire that nobody wants to hear of. */
export const inert: WireHandler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };

/** How long a peer has to take the end of a TLS connection, or what is still on its way to it. */
const LINGER_MS = 5000;

/** Closes a wire for good: what was written goes out first, and of TLS its own end. */
export function closeWire(wire: Wire): void {
  if (wire.destroyed) return;
  if (wire.pendingBytes === 0 && wire.info.tls === undefined) {
    wire.handler = inert;
    wire.destroy();
    return;
  }
  const timer = setTimeout(() => wire.destroy(), LINGER_MS);
  timer.unref();
  wire.handler = {
    ...inert,
    onEnd: () => wire.destroy(),
    onClose: () => clearTimeout(timer),
  };
  wire.end();
  wire.resume();
}
