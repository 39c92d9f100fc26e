import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { explainMissing } from "../../src/bpf/index.js";
import { type NotedLine, nameOf, typedLines, typedText } from "../course-notes/noted-lines.js";
import { faultOf, scriptOf, typedOf } from "../course-notes/transcript.js";
import { type Walk, walks } from "../course-notes/walks.js";
import { leftAfter } from "./leftovers.js";
import { lacksPrograms, rondo } from "./running.js";
import { Terminal } from "./terminal.js";

// The course notes' clusters, built by typing the notes: each line on its host of a bare lab, with Debian's own programs. At the
// end requests are shared as the rules have it.

const lacking = lacksPrograms([
  "ifconfig",
  "route",
  "sysctl",
  "iptables",
  "tcpdump",
  "curl",
  "ping",
  "lsmod",
]);
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops") || lacking;

/** `rondo lab WORDS`, with all that it says. */
async function run(words: readonly string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [rondo, "lab", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 240_000,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data));
  const [status] = await once(child, "close");
  return { status, said };
}

/** The lines that did what they should. */
const done = new Set<NotedLine>();

async function type(terminal: Terminal, where: string, steps: readonly string[]): Promise<void> {
  const typed = steps.flatMap(typedOf);
  const fault = faultOf(typed, await terminal.type(scriptOf(typed)));
  assert.equal(fault, undefined, `${where}: ${fault}`);
  for (const line of typed.flatMap(({ lines }) => lines)) {
    assert.equal(line.where, where, `${nameOf(line)} is typed elsewhere`);
    done.add(line);
  }
}

/** Who answers so many requests, once each of the servers has been heard of. */
async function answersOf(
  client: Terminal,
  vip: string,
  servers: number,
  requests = 8,
): Promise<Record<string, number>> {
  const ask = `curl -s -m 5 http://${vip}/`;
  const script = [
    "heard=",
    `for i in $(seq 40); do heard="$heard $(${ask})"; [ $(printf '%s\\n' $heard | grep . | sort -u | wc -l) = ${servers} ] && break; done`,
    `for i in $(seq ${requests}); do ${ask} || echo nobody; done`,
  ].join("\n");
  const answers: Record<string, number> = {};
  for (const line of (await client.type(script)).trim().split("\n")) answers[line] = (answers[line] ?? 0) + 1;
  return answers;
}

/** A line that has to be ended by a signal: it is typed on the director while requests are made, until it has shown what it should. */
async function watch(lab: string, client: Terminal, { topology, vip, watched }: Walk): Promise<void> {
  if (!watched) return;
  const [typed] = typedOf(watched.line);
  // To a terminal it would print line by line by itself.
  const script = `exec stdbuf -oL ${typed!.text}`;
  const words = [rondo, "lab", "exec", `${lab}/director`, "bash", "-c", script];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (said += data));
  try {
    for (let i = 0; i < 2400 && !said.includes("listening on"); i++) await sleep(25);
    for (let i = 0; i < 20 && !watched.shows.test(said); i++) await answersOf(client, vip, 1);
  } finally {
    child.kill("SIGINT");
    await ended;
  }
  assert.match(said, watched.shows);
  for (const line of typed!.lines) {
    assert.equal(line.where, `${topology}/director`);
    done.add(line);
  }
}

describe("the course notes, typed", { skip, concurrency: 2 }, () => {
  for (const walk of walks)
    test(`${walk.topology}: every line does what it should, and requests are shared`, async () => {
      const { topology, vip, parts } = walk;
      const lab = `${topology}-${process.pid}-notes`;
      const terminals = new Map<string, Terminal>();
      const at = (host: string) => {
        const terminal = terminals.get(host) ?? new Terminal(`${lab}/${host}`);
        terminals.set(host, terminal);
        return terminal;
      };
      try {
        const up = await run(["up", topology, "--bare", "--name", lab]);
        assert.equal(up.status, 0, up.said);
        for (const { steps, answers } of parts) {
          for (const [host, ...lines] of steps) await type(at(host), `${topology}/${host}`, lines);
          const requests = Object.values(answers).reduce((sum, count) => sum + count, 0);
          assert.deepEqual(
            await answersOf(at("client"), vip, Object.keys(answers).length, requests),
            answers,
          );
        }
        await watch(lab, at("client"), walk);
      } finally {
        for (const terminal of terminals.values()) await terminal.close();
        await run(["down", lab]);
      }
      assert.deepEqual(await leftAfter(lab, 20_000), []);
    });
});

test("every line of the notes that can be typed has been", { skip }, () => {
  const left = typedLines.filter((line) => !done.has(line));
  assert.deepEqual(
    left.map((line) => `${nameOf(line)} ${typedText(line)}`),
    [],
  );
});
