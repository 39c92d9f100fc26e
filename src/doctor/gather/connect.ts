import { connect } from "node:net";
import type { ConnectFacts } from "../facts.js";

/** Opens TCP connections, all at once, and closes them: who answers, who refuses, who is silent for `patience` milliseconds. */
export function tryConnects(
  ends: readonly { readonly address: string; readonly port: number }[],
  patience: number,
): Promise<ConnectFacts[]> {
  return Promise.all(ends.map((end) => tryConnect(end.address, end.port, patience)));
}

function tryConnect(address: string, port: number, patience: number): Promise<ConnectFacts> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (result: ConnectFacts["result"]) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ address, port, result });
    };
    const timer = setTimeout(() => end("silent"), patience);
    socket.once("connect", () => end("answered"));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ECONNRESET") end("refused");
      else end(error.code === "ETIMEDOUT" ? "silent" : "unreachable");
    });
  });
}
