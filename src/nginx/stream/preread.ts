import type { Wire } from "../../proxy/index.js";
import { type ClientHello, readClientHello } from "./client-hello.js";
import { inert } from "./close.js";

export interface Preread {
  /** What the client has sent until now: the first that its server gets. */
  readonly bytes: Buffer;
  /** undefined: it is no TLS. */
  readonly hello: ClientHello | undefined;
}

export interface PrereadHandler {
  onRead(read: Preread): void;
  /** "over": the client is gone, or took too long; "full": more came than there is room for. `began`: there was something. */
  onFailed(why: "over" | "full", began: boolean): void;
}

/** Reads the first bytes of a connection without taking them away, until a ClientHello is whole or can't be one. */
export function preread(
  wire: Wire,
  { timeoutMs, bufferBytes }: { readonly timeoutMs: number; readonly bufferBytes: number },
  handler: PrereadHandler,
): void {
  let bytes = Buffer.alloc(0);
  const timer = timeoutMs > 0 ? setTimeout(() => fail("over"), timeoutMs) : undefined;
  const finish = () => {
    clearTimeout(timer);
    wire.pause();
    wire.handler = inert;
  };
  const fail = (why: "over" | "full") => {
    finish();
    handler.onFailed(why, bytes.length > 0);
  };
  wire.handler = {
    ...inert,
    onData: (more) => {
      bytes = Buffer.concat([bytes, more]);
      const hello = readClientHello(bytes.subarray(0, bufferBytes));
      if (hello === "more") {
        if (bytes.length >= bufferBytes) fail("full");
        return;
      }
      finish();
      handler.onRead({ bytes, hello: hello === "none" ? undefined : hello });
    },
    onEnd: () => fail("over"),
    onClose: () => fail("over"),
  };
  wire.resume();
}
