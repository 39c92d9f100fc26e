import { setTimeout as sleep } from "node:timers/promises";
import { Demo, type ServerFigures } from "../demo/index.js";
import { RondoError } from "../errors.js";
import { columns } from "./columns.js";
import { usageError } from "./command-io.js";
import { readWords, wholeNumber } from "./words.js";

const help = `usage: rondo demo [--port 8080] [--requests N] [--json]

Three small web servers and our proxy before them, on this machine's 127.0.0.1; no rights are needed. Requests flow until Ctrl-C,
and the keys 1, 2 and 3 stop and start a web server. The proxy's statistics are at /stats.

  --port N       where the proxy listens; 0 for any port that is free (8080, and any other where that is taken)
  --requests N   send so many requests, show who answered, and end; 12 where the output is no terminal
  --json         as JSON
`;

/** Milliseconds between two requests while a person looks on, and between two pictures. */
const pace = 50;
const frame = 500;

/** `rondo demo`: see docs/manual/demo.md. */
export async function run(words: readonly string[]): Promise<number> {
  const { values } = readWords(
    "demo",
    words,
    {
      help: { type: "boolean", short: "h" },
      port: { type: "string" },
      requests: { type: "string" },
      json: { type: "boolean" },
    },
    0,
  );
  if (values["help"]) {
    process.stdout.write(help);
    return 0;
  }
  const port = number(values["port"], "port", 0, 65_535);
  const requests = number(values["requests"], "requests", 1, 1_000_000);
  const demo = await start(port);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);
  // Who read the output has gone, as `head` does: what was started is still stopped.
  process.stdout.on("error", stop);
  try {
    const json = values["json"] === true;
    if (requests !== undefined || json || !process.stdout.isTTY)
      return await finite(demo, requests ?? 12, json, stopping.signal);
    return await live(demo, stopping);
  } finally {
    await demo.stop();
  }
}

/** 8080 is what people try; where it is taken and nobody asked for it, another one will do. */
async function start(port: number | undefined): Promise<Demo> {
  try {
    return await Demo.start(port ?? 8080);
  } catch (error) {
    if (port === undefined && error instanceof RondoError && error.code === "port-taken")
      return await Demo.start(0);
    throw error;
  }
}

async function finite(demo: Demo, requests: number, json: boolean, signal: AbortSignal): Promise<number> {
  if (!json) process.stdout.write(`${places(demo).join("\n")}\n\n`);
  const answers: string[] = [];
  let failed = 0;
  for (let number = 1; number <= requests && !signal.aborted; number++) {
    const answer = await demo.ask().catch((error: Error) => error);
    if (answer instanceof Error) failed++;
    else answers.push(answer);
    if (json) continue;
    process.stdout.write(
      `${String(number).padStart(5)}  ${answer instanceof Error ? answer.message : answer}\n`,
    );
  }
  const servers = await demo.figures();
  if (json) {
    const { site, stats, file } = demo;
    process.stdout.write(
      `${JSON.stringify({ site, stats: stats.url, file, answers, failed, servers }, null, 2)}\n`,
    );
  } else process.stdout.write(`\n${table(demo, servers).join("\n")}\n`);
  return failed === 0 && !signal.aborted ? 0 : 1;
}

async function live(demo: Demo, stopping: AbortController): Promise<number> {
  process.stdout.write(
    `${places(demo).join("\n")}\n\n1, 2, 3: stop or start that web server.   Ctrl-C: end.\n\n`,
  );
  const keys = (data: Buffer) => {
    for (const key of data.toString()) {
      const server = demo.servers[Number(key) - 1];
      if (server) void (server.isUp ? server.stop() : server.start()).catch(() => {});
      else if (key === "\u0003" || key === "q") stopping.abort();
    }
  };
  if (process.stdin.isTTY) process.stdin.setRawMode(true).on("data", keys).resume();
  let failed = 0;
  let drawn = 0;
  let due = 0;
  try {
    while (!stopping.signal.aborted) {
      if (demo.ended) throw new RondoError("demo-failed", "the proxy has ended");
      await demo.ask().catch(() => failed++);
      if (performance.now() >= due) {
        due = performance.now() + frame;
        const servers = await demo.figures().catch(() => undefined);
        if (servers) {
          const lines = [
            ...table(demo, servers),
            "",
            failed === 0 ? "no request was lost" : `${failed} requests were lost`,
          ];
          process.stdout.write(
            `${drawn > 0 ? `\x1b[${drawn}A` : ""}${lines.map((line) => `\x1b[K${line}\n`).join("")}`,
          );
          drawn = lines.length;
        }
      }
      await sleep(pace, undefined, { signal: stopping.signal }).catch(() => {});
    }
  } finally {
    if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
  }
  return 0;
}

const places = (demo: Demo): string[] => {
  const { url, user, password } = demo.stats;
  return columns([
    ["site", demo.site, "load it again: the servers take turns"],
    ["stats", url, `${user}, password ${password}`],
    ["file", demo.file, "what the proxy was told"],
  ]);
};

function table(demo: Demo, servers: readonly ServerFigures[]): string[] {
  const sum = servers.reduce((all, { requests }) => all + requests, 0);
  return columns(
    [
      ["server", "state", "weight", "requests", "share"],
      ...servers.map(({ name, status, weight, requests }) => [
        name,
        demo.servers.find((server) => server.name === name)?.isUp === false ? `${status} (stopped)` : status,
        String(weight),
        String(requests),
        sum > 0 ? `${Math.round((100 * requests) / sum)} %` : "-",
      ]),
    ],
    2,
  );
}

function number(
  text: string | boolean | undefined,
  option: string,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = wholeNumber(String(text), least, most);
  if (value !== undefined) return value;
  throw usageError(`--${option} ${text}: a number from ${least} to ${most}`, "Try `rondo demo --help`.");
}
