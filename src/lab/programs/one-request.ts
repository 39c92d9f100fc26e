import { request } from "node:http";

export interface Target {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** Milliseconds for all of it. */
  readonly timeout: number;
}

/** What a request came to; times are in milliseconds. */
export type Outcome =
  | {
      readonly milliseconds: number;
      readonly status: number;
      /** Who answered, by its own word (X-Server). */
      readonly server: string;
      /** Its first 200 characters, without the line end. */
      readonly body: string;
      readonly bytes: number;
    }
  | { readonly milliseconds: number; readonly error: string };

const shown = 200;

/** One request over a connection of its own. Gives what came of it, and throws nothing. */
export function requestOnce({ address, port, path, timeout }: Target): Promise<Outcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    let connected = false;
    const done = (
      rest: { error: string } | { status: number; server: string; body: string; bytes: number },
    ) => {
      clearTimeout(timer);
      resolve({ milliseconds: Math.round((performance.now() - start) * 10) / 10, ...rest });
    };
    const asked = request(
      { host: address, port, path, agent: false, headers: { Connection: "close" } },
      (response) => {
        let bytes = 0;
        let text = "";
        response.on("data", (data: Buffer) => {
          bytes += data.length;
          if (text.length < shown) text += data.toString("latin1");
        });
        response.on("error", (error) => done({ error: wordsFor(error) }));
        response.on("end", () =>
          done({
            status: response.statusCode ?? 0,
            server: String(response.headers["x-server"] ?? ""),
            body: text.slice(0, shown).trimEnd(),
            bytes,
          }),
        );
      },
    );
    const timer = setTimeout(() => {
      const what = connected ? "connected, but no answer" : "no connection";
      asked.destroy();
      done({ error: `${what} within ${timeout / 1000} s` });
    }, timeout);
    asked.on("socket", (socket) =>
      socket.once("connect", () => {
        connected = true;
      }),
    );
    asked.on("error", (error) => done({ error: wordsFor(error) }));
    asked.end();
  });
}

function wordsFor(error: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection reset",
    EHOSTUNREACH: "no route to host",
    ENETUNREACH: "network unreachable",
    ETIMEDOUT: "connection timed out",
  };
  return words[error.code ?? ""] ?? error.message;
}
