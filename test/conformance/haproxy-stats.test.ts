import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort } from "../support/free-ports.js";
import { haproxyIsThere } from "../support/real-haproxy.js";

/** Columns that depend on time, on memory or on how a connection is read, not on what happened. */
const different =
  /^(lastchg|downtime|lastsess|.?time(_max)?|rate|rate_max|req_rate.*|conn_rate.*|check_.*|last_chk|chkfail|h[12]_.*|srv_icur|idle_conn_cur|used_conn_cur|need_conn_est|safe_conn_cur|addr)$/;

const programs = {
  real: ["haproxy"],
  ours: [process.execPath, join(import.meta.dirname, "../../../bin/rondo"), "haproxy"],
};

const ask = (path: string, command: string) =>
  new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(path);
    socket.end(`${command}\n`);
    socket.setEncoding("latin1").on("data", (piece) => {
      text += piece;
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });

const get = (port: number, path: string, method = "GET") =>
  new Promise<number>((resolve, reject) => {
    const sent = request({ port, path, method, agent: false }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject).end();
  });

/** Lines of CSV by proxy and server, each with its columns by their names. */
function table(csv: string): Map<string, Map<string, string>> {
  const [head = "", ...lines] = csv.trimEnd().split("\n");
  const names = head.slice(2).split(",");
  return new Map(
    lines.map((line) => {
      const cells = line.split(",");
      return [`${cells[0]}/${cells[1]}`, new Map(names.map((name, at) => [name, cells[at] ?? ""]))];
    }),
  );
}

describe("the same traffic gives the same figures", {
  skip: haproxyIsThere() ? false : "needs haproxy",
}, () => {
  let folder = "";
  let backend: Server;
  const running: ChildProcess[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), `rondo-stats-${process.pid}-`));
    backend = createServer((asked, response) => {
      response.statusCode = Number(/\/(\d{3})/.exec(asked.url ?? "")?.[1] ?? 200);
      response.end("hello");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => backend.once("listening", resolve));
  });
  after(() => {
    for (const child of running) child.kill("SIGKILL");
    backend.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts a program, sends it the traffic, and gives what its socket says. */
  async function measure(name: keyof typeof programs) {
    const [port, dead] = [await freePort(), await freePort()];
    const socket = join(folder, `${name}.sock`);
    const file = join(folder, `${name}.cfg`);
    const to = (backend.address() as AddressInfo).port;
    writeFileSync(
      file,
      `global
  stats socket ${socket} level admin
  maxconn 1000
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen web
  bind 127.0.0.1:${port}
  option socket-stats
  http-request deny if { path_beg /deny }
  http-request return status 200 content-type text/plain string ok if { path /own }
  use_backend gone if { path_beg /gone }
  balance roundrobin
  cookie SRV insert
  server s1 127.0.0.1:${to} weight 2 cookie a
  server s2 127.0.0.1:${to} weight 1 maxconn 20 maxqueue 7
  server s3 127.0.0.1:${to} disabled backup
backend gone
  retries 1
  server g1 127.0.0.1:${dead}
backend empty
  mode tcp
  balance leastconn
`,
    );
    const [program = "", ...words] = programs[name];
    const child = spawn(program, [...words, "-f", file, "-db"], { stdio: "ignore" });
    running.push(child);
    for (let tries = 0; !existsSync(socket) && tries < 400; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    for (let tries = 0; tries < 400; tries++) {
      const up = await ask(socket, "show version").catch(() => "");
      if (up !== "") break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (let count = 0; count < 9; count++) assert.equal(await get(port, "/"), 200);
    for (const [path, status] of [
      ["/404", 404],
      ["/503", 503],
      ["/302", 302],
      ["/deny", 403],
      ["/own", 200],
      ["/gone", 503],
    ] as const)
      assert.equal(await get(port, path), status, `${name} ${path}`);
    await ask(socket, "set server web/s1 weight 1");
    const answers: Record<string, string> = {};
    for (const command of [
      "show stat",
      "show servers state",
      "show backend",
      "get weight web/s1",
      "set server web/s9 state up",
      "show stat web 4 2 typed",
      "show servers conn",
    ])
      answers[command] = await ask(socket, command);
    child.kill("SIGTERM");
    return answers;
  }

  test("columns, states and answers", { timeout: 120_000 }, async () => {
    const real = await measure("real");
    const ours = await measure("ours");
    assert.equal(ours["show stat"]?.split("\n")[0], real["show stat"]?.split("\n")[0]);
    const [realTable, ourTable] = [table(real["show stat"] ?? ""), table(ours["show stat"] ?? "")];
    assert.deepEqual([...ourTable.keys()], [...realTable.keys()]);
    const mistakes: string[] = [];
    for (const [line, cells] of realTable)
      for (const [name, value] of cells) {
        // A connection that just ended may still be counted when the next one is accepted.
        if (name === "smax" && /FRONTEND|sock-/.test(line)) continue;
        const mine = ourTable.get(line)?.get(name);
        if (different.test(name) ? (value === "") !== (mine === "") : value !== mine)
          mistakes.push(`${line} ${name}: ${value} there, ${mine} here`);
      }
    assert.deepEqual(mistakes, []);
    const state = (text = "") =>
      text.split("\n").map((line) =>
        line
          .split(" ")
          .filter((_, at) => at !== 9 && at !== 18)
          .join(" "),
      );
    assert.deepEqual(state(ours["show servers state"]), state(real["show servers state"]));
    for (const command of ["show backend", "get weight web/s1", "set server web/s9 state up"])
      assert.equal(ours[command], real[command], command);
    const keys = (text = "") => text.split("\n").map((line) => line.split(":").slice(0, 3).join(":"));
    assert.deepEqual(keys(ours["show stat web 4 2 typed"]), keys(real["show stat web 4 2 typed"]));
  });
});
