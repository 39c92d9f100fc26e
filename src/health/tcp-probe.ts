import { converse } from "./conversation.js";
import type { Probe } from "./probe.js";

/** Well is who accepts a connection. It is closed again at once, with nothing said. */
export const tcpProbe = (): Probe => ({
  kind: "tcp",
  name: "tcp",
  probe: (target, timeout, signal) =>
    converse(target, timeout, signal, (_, end) => end({ outcome: "passed", detail: "connected" })),
});
