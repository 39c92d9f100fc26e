// Asks as a client of the lab. Started by client.ts in the client's network; writes one answer a line, as JSON.
import { request } from "node:http";
import type { Answer } from "../answer.js";
import type { RequestPlan } from "../client.js";

const plan: RequestPlan = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab: client in ${process.argv[3]}`;
// Nobody listens any more: whoever wanted the answers is gone.
process.stdout.on("error", () => process.exit(1));

const shown = 200;

/** One request over a connection of its own. */
function ask(number: number): Promise<Answer> {
  const start = performance.now();
  return new Promise((resolve) => {
    let connected = false;
    const done = (
      rest: { error: string } | { status: number; server: string; body: string; bytes: number },
    ) => {
      clearTimeout(timer);
      resolve({
        number,
        milliseconds: Math.round((performance.now() - start) * 10) / 10,
        ...rest,
      });
    };
    const asked = request(
      {
        host: plan.address,
        port: plan.port,
        path: plan.path,
        agent: false,
        headers: { Connection: "close" },
      },
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
      done({ error: `${what} within ${plan.timeout / 1000} s` });
    }, plan.timeout);
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

let next = plan.first;
async function worker(): Promise<void> {
  while (next < plan.first + plan.requests) {
    const answer = await ask(next++);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

await Promise.all(Array.from({ length: Math.max(1, plan.concurrency) }, worker));
