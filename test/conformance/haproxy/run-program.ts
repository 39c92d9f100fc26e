import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../support/free-ports.js";
import type { Case } from "./cases.js";
import { talk } from "./client.js";

/** What a program did with a case: what each talk brought back, and the lines that it logged. */
export interface Outcome {
  readonly answers: readonly string[];
  readonly log: readonly string[];
}

const patience = 30_000;

function configOf(
  cases: readonly Case[],
  ports: readonly number[],
  log: number,
  origins: { readonly a: number; readonly b: number; readonly none: number },
): string {
  const fill = (text: string, name: string) =>
    text
      .replaceAll("@name", name)
      .replace(/@a\b/g, `127.0.0.1:${origins.a}`)
      .replace(/@b\b/g, `127.0.0.1:${origins.b}`)
      .replace(/@none\b/g, `127.0.0.1:${origins.none}`);
  const sections = cases.map(({ name, lines }, index) => {
    const [own = "", more = ""] = lines.split("---\n");
    const body = own
      .split("\n")
      .map((line) => ` ${line}`)
      .join("\n");
    return fill(`listen ${name}\n bind 127.0.0.1:${ports[index]}\n${body}\n${more}\n`, name);
  });
  return `global
 nbthread 1
 log 127.0.0.1:${log} local0 debug
 log-tag proxy
defaults
 mode http
 log global
 option httplog
 timeout connect 2s
 timeout client 2s
 timeout server 2s
${sections.join("\n")}`;
}

/** Runs all cases on one process of a program. Origins: the ports of the web servers. */
export async function runProgram(
  command: readonly string[],
  cases: readonly Case[],
  origins: { readonly a: number; readonly b: number; readonly none: number },
): Promise<Map<string, Outcome>> {
  const folder = mkdtempSync(join(tmpdir(), "rondo-haproxy-"));
  const lines: string[] = [];
  const receiver = createSocket("udp4");
  receiver.on("message", (message) => lines.push(message.toString("latin1")));
  await new Promise<void>((resolve) => receiver.bind(0, "127.0.0.1", resolve));
  const ports = await freePorts(cases.length);
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configOf(cases, ports, receiver.address().port, origins));
  const [program = "", ...words] = command;
  const child = spawn(program, [...words, "-db", "-f", file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      said += data;
    });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    for (let waited = 0; !(await accepts(ports.at(-1) as number)); waited += 20) {
      if (child.exitCode !== null || waited > patience) throw new Error(`it does not listen: ${said}`);
      await sleep(20);
    }
    const outcomes = new Map<string, Outcome>();
    for (const [index, { name, talks }] of cases.entries()) {
      const answers: string[] = [];
      for (const each of talks) {
        const { text, end } = await talk(ports[index] as number, each);
        answers.push(`${normalAnswer(text)}[${end}]`);
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`it ended in ${name}: ${said}`);
      }
      outcomes.set(name, { answers, log: [] });
    }
    child.kill("SIGTERM");
    await gone;
    for (const [name, { answers }] of outcomes)
      outcomes.set(name, { answers, log: lines.map(normalLine).filter((line) => isOf(line, name)) });
    return outcomes;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await gone;
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.resetAndDestroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const isOf = (line: string, name: string) => new RegExp(`[ "]${name}[ ~/-]`).test(line);

/** Without what differs between two runs: ports that the system chose, and dates. */
function normalAnswer(text: string): string {
  return text.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT").replace(/^age: \d+/gim, "age: N");
}

/** Without process id, date, ports and times; a time that was never reached stays -1. */
function normalLine(line: string): string {
  return line
    .replace(/^<(\d+)>\w+ +\d+ [\d:]+ /, "<$1>")
    .replace(/\[\d+\]:/, "[PID]:")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/\[\d+\/\w+\/\d+:[\d:.]+\]/, "[DATE]")
    .replace(/ ([+-]?\d+\/)+([+-]?\d+) (?=(-?\d+ )?\+?\d+ (\S+ \S+ )?[A-Za-z-]{2})/, (times) =>
      times.replace(/(?<![-\d])\d+/g, "N"),
    )
    .replace(/ \d+\/\d+\/\d+\/\d+\/(\+?\d+) /, " N/N/N/N/$1 ");
}
