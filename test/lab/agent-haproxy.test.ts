import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { networkNamespaceCookie, withNetworkNamespace } from "../../src/sys/index.js";
import { type Place, peer, places } from "./netlink-places.js";
import { start as startInside } from "./running.js";

// A real HAProxy asks our agent, and follows it.

const port = 9777;

/** HAProxy with one server of weight 200 whose agent is ours; gives what asks it how the server stands. */
function haproxy(t: TestContext, place: Place) {
  const folder = mkdtempSync(join(tmpdir(), "rondo-haproxy-"));
  const path = join(folder, "stats");
  writeFileSync(
    join(folder, "haproxy.cfg"),
    `global
  stats socket ${path} level admin
defaults
  mode tcp
  timeout connect 1s
  timeout client 1s
  timeout server 1s
backend web
  server web1 127.0.0.1:80 weight 200 agent-check agent-inter 100ms agent-addr ::1 agent-port ${port} agent-send hello\\n
`,
  );
  const child = withNetworkNamespace(place.namespace, () =>
    spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: ["ignore", "ignore", "pipe"] }),
  );
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  t.after(() => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async until(status: string, weight: number) {
      let found = "";
      for (let i = 0; i < 600; i++) {
        const [titles, row] = table(await ask(path, "show stat -1 4 -1\n").catch(() => ""));
        const value = (name: string) => row?.[titles!.indexOf(name)] ?? "";
        found = `${value("status")} ${value("weight")} ${value("agent_status")} ${value("last_agt")}`;
        if (value("status") === status && Number(value("weight")) === weight) return;
        await sleep(30);
      }
      assert.fail(`${found}, and not ${status} ${weight}\n${complaint}`);
    },
    tell: (command: string) => ask(path, `${command}\n`),
  };
}

/** The titles and the first row of HAProxy's CSV. */
function table(csv: string): string[][] {
  return csv
    .replace(/^# /, "")
    .split("\n")
    .map((line) => line.split(","));
}

function ask(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(command));
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
}

test("a real HAProxy follows the agent's percentage, drain, maintenance, down and up", async (t) => {
  const made = places(t, 1);
  if (!made || !peer(t, "haproxy")) return;
  const [place] = made as [Place];
  const inside = <T>(work: () => T) => withNetworkNamespace(place.namespace, work);
  const folder = mkdtempSync(join(tmpdir(), "rondo-agent-"));
  chmodSync(folder, 0o755);
  const file = join(folder, "says");
  const cookie = inside(networkNamespaceCookie).toString(16);
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(`/run/rondo/agent-${cookie}-${port}`, { force: true });
  });
  writeFileSync(file, "75%\n");
  const options = ["--without-load", "--file", file, "--smooth", "0", "--every", "100ms"];
  const agent = startInside(t, inside, ["agent", ...options]);
  await agent.until(/answering on port 9777: ready up 75%\n/);
  const told = async (...words: string[]) => {
    const { status, said } = await startInside(t, inside, ["agent", ...words]).end();
    assert.equal(status, 0, said);
    return said;
  };
  const proxy = haproxy(t, place);
  await proxy.until("no check", 150);
  writeFileSync(file, "20% maxconn:30\n");
  await proxy.until("no check", 40);
  assert.equal(await told("drain"), "drain up 20% maxconn:30\n");
  await proxy.until("DRAIN (agent)", 40);
  assert.equal(await told("maint"), "maint up 20% maxconn:30\n");
  await proxy.until("MAINT", 40);
  assert.equal(await told("ready"), "ready up 20% maxconn:30\n");
  await proxy.until("no check", 40);
  assert.equal(
    await told("down", "the", "disk", "is", "full"),
    "ready down 20% maxconn:30 #the disk is full\n",
  );
  await proxy.until("DOWN (agent)", 40);
  assert.equal(await told("up"), "ready up 20% maxconn:30\n");
  await proxy.until("no check", 40);
  assert.match(
    await told("status"),
    /^answers: ready up 20% maxconn:30\nleaves: {2}given 20%\nasked: {3}\d+ times/,
  );

  const second = await startInside(t, inside, ["agent", ...options]).end();
  assert.equal(second.status, 1);
  assert.match(second.said, /port 9777 is taken.*: an agent, or something else, listens there\n/);
  agent.child.kill("SIGTERM");
  assert.equal((await agent.end()).status, 0);
  const { status, said } = await startInside(t, inside, ["agent", "status"]).end();
  assert.equal(status, 1);
  assert.match(said, /no agent of root's is running on port 9777 here/);
});
