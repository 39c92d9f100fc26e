import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { explainMissing } from "../../src/bpf/index.js";
import { findProgram } from "../../src/lab/index.js";
import { type NotedLine, nameOf, typedLines, typedText } from "../course-notes/noted-lines.js";
import { faultOf, scriptOf, typedOf } from "../course-notes/transcript.js";
import { type Step, type Walk, walks } from "../course-notes/walks.js";
import { leftAfter } from "./leftovers.js";
import { rondo } from "./running.js";

// The course notes' clusters, built by typing the notes: each line on its host of a bare lab, with Debian's own programs. At the
// end requests are shared as the rules have it.

const programs = ["ifconfig", "route", "sysctl", "iptables", "tcpdump", "curl", "ping", "lsmod"];
const missing = programs.filter((name) => {
  try {
    findProgram(name, `${process.env["PATH"]}:/usr/sbin:/sbin`);
    return false;
  } catch {
    return true;
  }
});
const lacking = missing.length > 0 && process.env["CI"] !== "true" && `needs ${missing.join(", ")}`;
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops") || lacking;

/** `rondo lab WORDS`, from root's home, with all that it says. */
async function run(words: readonly string[]): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [rondo, "lab", ...words], {
    cwd: "/root",
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

async function type(lab: string, topology: string, [host, ...steps]: Step): Promise<void> {
  const typed = steps.flatMap(typedOf);
  const { said } = await run(["exec", `${lab}/${host}`, "bash", "-c", scriptOf(typed)]);
  const fault = faultOf(typed, said);
  assert.equal(fault, undefined, `${topology}/${host}: ${fault}`);
  for (const line of typed.flatMap(({ lines }) => lines)) {
    assert.equal(line.where, `${topology}/${host}`, `${nameOf(line)} is typed elsewhere`);
    done.add(line);
  }
}

/** Who answers eight requests, once each of the servers has been heard of. */
async function answersOf(lab: string, vip: string, servers: number): Promise<Record<string, number>> {
  const ask = `curl -s -m 5 http://${vip}/`;
  const script = [
    `for i in $(seq 40); do heard="$heard $(${ask})"; [ $(printf '%s\\n' $heard | sort -u | wc -l) = ${servers} ] && break; done`,
    `for i in $(seq 8); do ${ask} || echo nobody; done`,
  ].join("\n");
  const { said } = await run(["exec", `${lab}/client`, "bash", "-c", script]);
  const answers: Record<string, number> = {};
  for (const line of said.trim().split("\n")) answers[line] = (answers[line] ?? 0) + 1;
  return answers;
}

/** A line that has to be ended by a signal: it is typed on the director while requests are made, until it has shown what it should. */
async function watch(lab: string, { topology, vip, watched }: Walk): Promise<void> {
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
    for (let i = 0; i < 20 && !watched.shows.test(said); i++) await answersOf(lab, vip, 1);
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

/** Steps that follow one another on the same host are one. */
function joined(steps: readonly Step[]): Step[] {
  const all: Step[] = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (last?.[0] === step[0]) all[all.length - 1] = [...last, ...step.slice(1)];
    else all.push(step);
  }
  return all;
}

describe("the course notes, typed", { skip, concurrency: 2 }, () => {
  for (const walk of walks)
    test(`${walk.topology}: every line does what it should, and requests are shared`, async () => {
      const { topology, vip, parts } = walk;
      const lab = `${topology}-${process.pid}-notes`;
      try {
        const up = await run(["up", topology, "--bare", "--name", lab]);
        assert.equal(up.status, 0, up.said);
        for (const { steps, answers } of parts) {
          for (const step of joined(steps)) await type(lab, topology, step);
          assert.deepEqual(await answersOf(lab, vip, Object.keys(answers).length), answers);
        }
        await watch(lab, walk);
      } finally {
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
