import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { rondo } from "./running.js";

// The notes' DR cluster as a person meets it: by the commands alone.

const missing = explainMissing("maps", "xdp", "tc", "timers", "loops");
const lab = `dr-test-${process.pid}`;
const work = mkdtempSync(join(tmpdir(), "rondo-dr-"));
after(() => rmSync(work, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function run(words: readonly string[], input?: string): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rondo, ...words], {
    encoding: "utf8",
    timeout: 60_000,
    ...(input !== undefined && { input }),
  });
  return { status, out: stdout, err: stderr };
}

const on = (host: string, ...words: string[]): Ran => run(["lab", "exec", `${lab}/${host}`, ...words]);
function ok(ran: Ran): string {
  assert.equal(ran.status, 0, ran.err || ran.out);
  return ran.out;
}

/** A program for node, run on the client; gives what it prints. */
const onClient = (code: string): string =>
  ok(on("client", process.execPath, "--input-type=module", "-e", code)).trim();

for (const hook of ["xdp", "tc"] as const) {
  test(`lab run dr with the director at ${hook}: all answered, shares exact, the way as DR's is`, {
    skip: missing,
  }, () => {
    const { out, err, status } = run(["lab", "run", "dr", "--hook", hook, "--json", "--requests", "20"]);
    assert.deepEqual([status, err], [0, ""]);
    const report = JSON.parse(out);
    const { topology, requests, answered, answers, expected, ok } = report;
    assert.deepEqual(
      { topology, requests, answered, answers, expected, ok },
      {
        topology: "dr",
        requests: 20,
        answered: 20,
        answers: { web1: 10, web2: 10 },
        expected: { web1: 10, web2: 10 },
        ok: true,
      },
    );
    const [asked, sentOn, answer] = report.hops;
    assert.deepEqual([asked.from, asked.to, asked.packet], ["client", "director", "SYN"]);
    assert.deepEqual([sentOn.from, sentOn.to, sentOn.destination], ["director", "web2", "192.168.4.15:80"]);
    assert.deepEqual(sentOn.changed.slice(0, 2), ["source MAC", "destination MAC"]);
    assert.deepEqual([answer.from, answer.to, answer.source], ["web2", "client", "192.168.4.15:80"]);
    assert.match(report.stats, /TCP {2}192\.168\.4\.15:80 +20 /);
  });
}

describe("lab up dr, the director at tc with default offloads", { skip: missing }, () => {
  before(() => ok(run(["lab", "up", "dr", "--name", lab, "--hook", "tc"])));
  after(() => ok(run(["lab", "down", lab])));

  test("the notes' own lines, typed on the director", () => {
    const vip = "192.168.4.15:80";
    ok(on("director", "ipvsadm", "-C"));
    ok(on("director", "ipvsadm", "-A", "-t", vip, "-s", "wrr"));
    ok(on("director", "ipvsadm", "-a", "-t", vip, "-r", "192.168.4.100", "-g", "-w", "1"));
    ok(on("director", "ipvsadm", "-a", "-t", vip, "-r", "192.168.4.200", "-g", "-w", "1"));
    const table = (scheduler: string, weights: readonly number[]) =>
      [
        "IP Virtual Server version 1.2.1 (size=4096)",
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
        `TCP  192.168.4.15:80 ${scheduler}`,
        `  -> 192.168.4.100:80             Route   ${weights[0]}      0          0         `,
        `  -> 192.168.4.200:80             Route   ${weights[1]}      0          0         `,
        "",
      ].join("\n");
    assert.equal(ok(on("director", "ipvsadm", "-Ln")), table("wrr", [1, 1]));
    ok(on("director", "ipvsadm", "-E", "-t", vip, "-s", "rr"));
    ok(on("director", "ipvsadm", "-e", "-t", vip, "-r", "192.168.4.200", "-g", "-w", "3"));
    assert.equal(ok(on("director", "ipvsadm", "-L", "-n")), table("rr", [1, 3]));
    const saved = join(work, "rules");
    ok(on("director", "sh", "-c", `ipvsadm -S -n > ${saved}`));
    ok(on("director", "ipvsadm", "-C"));
    assert.match(readFileSync(saved, "utf8"), /^-A -t 192\.168\.4\.15:80 -s rr\n-a /);
    ok(on("director", "sh", "-c", `ipvsadm -R < ${saved}`));
    assert.equal(ok(on("director", "ipvsadm", "-Ln")), table("rr", [1, 3]));
  });

  test("a client's 20 MB go up in a moment, over segments that the kernel has not cut", () => {
    const answer = JSON.parse(
      onClient(`
        const begun = performance.now();
        const answer = await fetch("http://192.168.4.15/", { method: "POST", body: Buffer.alloc(20e6) });
        console.log(JSON.stringify({ status: answer.status, text: await answer.text(), seconds: (performance.now() - begun) / 1000 }));
      `),
    );
    assert.equal(answer.status, 200);
    assert.match(answer.text, /20000000/);
    // In practice a tenth of a second; the wrong hook would take minutes.
    assert.ok(answer.seconds < 10, `${answer.seconds} s`);
  });

  test("a trace on the director shows whole lives of connections, which don't feel it begin or end", async () => {
    const client = spawn(process.execPath, [
      rondo,
      "lab",
      "exec",
      `${lab}/client`,
      process.execPath,
      "-e",
      endless,
    ]);
    let said = "";
    const begun = new Promise<void>((resolve) => {
      client.stdout.on("data", (data) => {
        said += data;
        resolve();
      });
    });
    const closed = new Promise((resolve) => client.once("close", resolve));
    await Promise.race([begun, closed]);
    const words = ["trace", "--json", "-c", "60", "-t", "192.168.4.15:80"];
    const told = ok(on("director", process.execPath, rondo, ...words));
    client.stdin.end();
    await closed;
    const [, { answered, broken }] = said.split("\n").map((line) => JSON.parse(line || "{}"));
    assert.equal(broken, 0, `${broken} of ${answered + broken} requests broke`);

    const lives = new Map<string, TraceEvent[]>();
    for (const line of told.trimEnd().split("\n")) {
      const event: TraceEvent = JSON.parse(line);
      lives.set(event.flow.source, [...(lives.get(event.flow.source) ?? []), event]);
    }
    const whole = [...lives.values()].filter(
      (life) => life[0]!.table.entry === "made" && life.at(-1)!.table.after.state === "FIN_WAIT",
    );
    assert.ok(whole.length >= 2, told);
    for (const [first, ...more] of whole) {
      const { table, service, scheduler } = first!;
      assert.deepEqual(
        [table.after.state, service, scheduler.name],
        ["SYN_RECV", "tcp 192.168.4.15:80", "rr"],
      );
      assert.equal(scheduler.candidates.length, 2);
      assert.match(scheduler.why, /^next in turn: place [12] of 2, from place [12] on$/);
      const states = more.map((event) => [event.table.before.state, event.table.after.state]);
      assert.deepEqual(states[0], ["SYN_RECV", "ESTABLISHED"]);
      for (const [i, [state]] of states.entries()) if (i > 0) assert.equal(state, states[i - 1]![1]);
      for (const { server, out, fate } of [first!, ...more])
        assert.deepEqual([fate, out.device, server.address], ["sent", "ens33", scheduler.chosen.address]);
    }
    const block = ok(
      on("director", process.execPath, rondo, "trace", "-n", "--seconds", "1", "--client", "192.168.4.11"),
    );
    assert.equal(block, "", "another client's");
  });

  test("where there is no tcx, a clsact filter does the same, and goes with the director", () => {
    const director = (...words: string[]) =>
      ok(on("director", process.execPath, rondo, "director", ...words));
    const answers = () =>
      JSON.parse(
        onClient(`
          const answers = [];
          for (let i = 0; i < 4; i++)
            answers.push(await (await fetch("http://192.168.4.15/", { headers: { connection: "close" } })).text());
          console.log(JSON.stringify(answers.map((text) => text.trim()).sort()));
        `),
      );
    const both = ["192.168.4.100", "192.168.4.100", "192.168.4.200", "192.168.4.200"];
    // A client's port that comes again within two minutes goes to the server that it had: it takes no turn.
    ok(on("director", process.execPath, rondo, "flush", "192.168.4.15:80"));
    assert.equal(director("attach", "--hook", "clsact", "ens33"), "ens33: clsact\n");
    ok(on("director", "ipvsadm", "-E", "-t", "192.168.4.15:80", "-s", "rr"));
    assert.deepEqual(answers(), both);
    director("detach", "ens33");
    assert.match(director("status"), /attached to no interface/);
    assert.equal(director("attach", "--hook", "tc", "ens33"), "ens33: tcx\n");
    assert.deepEqual(answers(), both);
  });

  test("kill -9 of all control processes breaks no connection, and new ones work", async () => {
    const seconds = Number(process.env["RONDO_DOWNLOAD_SECONDS"] ?? 6);
    const children: ChildProcess[] = [];
    const start = (words: string[]) => {
      const child = spawn(process.execPath, [rondo, "lab", "exec", ...words], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      return child;
    };
    const output = (child: ChildProcess) =>
      new Promise<string>((resolve) => {
        let text = "";
        child.stdout!.on("data", (data) => {
          text += data;
        });
        child.once("close", () => resolve(text.trim()));
      });
    const traffic = output(
      start([
        `${lab}/client`,
        process.execPath,
        "--input-type=module",
        "-e",
        `
        const until = Date.now() + ${seconds * 1000};
        let begun = 0, broken = 0;
        const stream = (async () => {
          while (Date.now() < until) {
            begun++;
            try {
              const answer = await fetch("http://192.168.4.15/", { headers: { connection: "close" }, signal: AbortSignal.timeout(3000) });
              if (!/^192\\.168\\.4\\.[12]00/.test(await answer.text())) broken++;
            } catch { broken++; }
          }
        })();
        const download = await fetch("http://192.168.4.15/slow/${seconds}");
        let bytes = 0;
        for await (const chunk of download.body) bytes += chunk.length;
        await stream;
        console.log(JSON.stringify({ begun, broken, bytes }));
        `,
      ]),
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const control = [
      start([`${lab}/director`, process.execPath, rondo, "director", "watch"]),
      start([`${lab}/director`, "sh", "-c", "while :; do ipvsadm -Ln >/dev/null; done"]),
    ];
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const child of control) killTree(child.pid!);
    const { begun, broken, bytes } = JSON.parse(await traffic);
    assert.equal(broken, 0, `${broken} of ${begun} connections broke`);
    assert.ok(begun > 20, `only ${begun} connections in ${seconds} s`);
    assert.ok(bytes >= seconds * 9000, `${bytes} bytes of the download`);
    ok(on("director", "ipvsadm", "-Ln"));
  });

  test("a capture on the director shows a request as it comes and as it goes to the real server", async () => {
    const words = ["lab", "exec", `${lab}/director`, process.execPath, rondo, "capture", "--json", "-c", "2"];
    const child = spawn(process.execPath, [rondo, ...words]);
    const said = { out: "", err: "" };
    child.stdout.on("data", (data) => {
      said.out += data;
    });
    const recording = new Promise<void>((resolve) => {
      child.stderr.on("data", (data) => {
        said.err += data;
        if (said.err.includes("Ctrl-C ends it")) resolve();
      });
    });
    const closed = new Promise((resolve) => child.once("close", resolve));
    await Promise.race([recording, closed]);
    assert.match(said.err, /^recording what the director decides about, at ens33 \(tcx\); /);
    onClient(`await (await fetch("http://192.168.4.15/", { headers: { connection: "close" } })).text()`);
    await closed;
    const [syn, ack] = said.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const [packet, flags] of [
      [syn, "[S]"],
      [ack, "[.]"],
    ]) {
      assert.equal(packet.fate, "sent");
      assert.ok(packet.in.packet.includes(` > 192.168.4.15.80: Flags ${flags}`), packet.in.packet);
      assert.equal(packet.out.packet, packet.in.packet, "direct routing changes MAC addresses alone");
      const last = Number(packet.server.address.split(".")[3]).toString(16);
      assert.equal(packet.out.destination, `02:00:c0:a8:04:${last}`);
    }
  });

  test("two kinds of traffic that are not the director's: ping, and a port without a service", () => {
    assert.match(
      onClient(`
        import { connect } from "node:net";
        connect({ host: "192.168.4.15", port: 81 }).on("error", ({ code }) => console.log(code));
      `),
      /ECONNREFUSED/,
    );
  });
});

/** What is looked at of a line of `rondo trace --json`. */
interface TraceEvent {
  readonly flow: { readonly source: string };
  readonly table: { readonly entry: string; readonly before: Seen; readonly after: Seen };
  readonly service: string;
  readonly scheduler: {
    readonly name: string;
    readonly candidates: readonly object[];
    readonly chosen: { readonly address: string };
    readonly why: string;
  };
  readonly server: { readonly address: string };
  readonly out: { readonly device: string };
  readonly fate: string;
}
interface Seen {
  readonly state: string;
}

/** Asks again and again until its input ends; says so, then how it went. */
const endless = `
  let [over, answered, broken] = [false, 0, 0];
  process.stdin.resume().on("end", () => { over = true; });
  (async () => {
    while (!over) {
      try {
        const answer = await fetch("http://192.168.4.15/", { headers: { connection: "close" }, signal: AbortSignal.timeout(5000) });
        if (/^192\\.168\\.4\\.[12]00/.test(await answer.text())) answered++; else broken++;
      } catch { broken++; }
      if (answered + broken === 1) console.log("{}");
    }
    console.log(JSON.stringify({ answered, broken }));
  })();
`;

test("what can't be is refused in a sentence, with an exit status", { skip: missing }, () => {
  for (const [words, sentence] of [
    [["lab", "run", "drr"], /dr/],
    [["lab", "exec", `no-${lab}/client`, "true"], /no lab no-dr-test-\d+ is up/],
    [["labb"], /did you mean lab/],
    [["director", "attach", "nosuch0"], /nosuch0/],
    [["director", "attach", "--hook", "generic", "lo"], /xdp, tc, clsact or auto/],
    [["director", "vip", "add", "192.168.4.999", "dev", "lo"], /no IP address/],
  ] as const) {
    const ran = run(words);
    assert.notEqual(ran.status, 0, words.join(" "));
    assert.match(ran.err, sentence);
    assert.doesNotMatch(ran.err, / at .*:\d+:\d+\)/);
  }
});

/** Ends a process of ours and all that it started, the hard way. */
function killTree(pid: number): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    for (const child of children.split(" ").filter(Boolean)) killTree(Number(child));
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
