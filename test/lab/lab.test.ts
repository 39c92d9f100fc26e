import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { Host, programPath } from "../../src/lab/index.js";
import { leftAfter, leftovers } from "./leftovers.js";

// In one file, as commands are: it is started some dozens of times.
const program = fileURLToPath(new URL("./lab-without-director.bundle.js", import.meta.url));
buildSync({
  entryPoints: [fileURLToPath(new URL("./lab-without-director.js", import.meta.url))],
  outfile: program,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
});
const skip = process.getuid?.() === 0 ? false : "needs root";

function lab(...words: string[]) {
  return spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });
}

describe("a lab that is up", { skip }, () => {
  const name = `test-${process.pid}`;
  before(() => {
    const up = lab("up", "dr", "--name", name);
    assert.equal(up.stderr, "");
    assert.equal(up.stdout, `lab ${name} is up: client, director, web1, web2\n`);
    assert.equal(up.status, 0);
  });
  after(async () => {
    assert.equal(lab("down", name).stdout, `lab ${name} is down\n`);
    assert.deepEqual(await leftAfter(name, 0), []);
    const again = lab("down", name);
    assert.equal(again.stdout, `no lab ${name} is up\n`);
    assert.equal(again.status, 0);
  });

  test("status tells its hosts, addresses and processes", () => {
    const { stdout, status } = lab("status", name);
    assert.equal(status, 0);
    assert.match(stdout, /^lab test-\d+: up; topology dr, hook xdp, since 20/);
    assert.match(stdout, /\n {2}director {2}192\.168\.4\.5\/24 192\.168\.4\.15\/24\n/);
    assert.match(
      stdout,
      /\n {2}web2 +192\.168\.4\.200\/24 192\.168\.4\.15\/32 +web server on port 80, process \d+\n/,
    );
    const [json] = JSON.parse(lab("status", name, "--json").stdout);
    assert.equal(json.state, "up");
    assert.deepEqual(
      json.hosts.map((host: { name: string; there: boolean }) => `${host.name} ${host.there}`),
      ["client true", "director true", "web1 true", "web2 true", "switch true"],
    );
  });

  test("a second one of that name is refused, and the first is left as it is", () => {
    const second = lab("up", "dr", "--name", name);
    assert.equal(second.status, 1);
    assert.match(
      second.stderr,
      /^rondo lab: lab test-\d+ is up already, since .*\nTake it down with `rondo lab down/,
    );
    assert.equal(lab("status", name).status, 0);
  });

  test("the guardian of one that was killed leaves a later one of its name alone", () => {
    const words = [programPath("guardian"), name, new Date(0).toISOString()];
    const guardian = spawnSync(process.execPath, words, { input: "", encoding: "utf8" });
    assert.deepEqual([guardian.status, guardian.stderr], [0, ""]);
    assert.equal(lab("status", name).status, 0);
  });

  const get = (path: string, host = "192.168.4.100") => `http://${host}${path}`;
  /** A request by a program of ours on the client; what fetch gives. */
  function fetchOnClient(url: string, options: object = {}) {
    const script = `const r = await fetch(${JSON.stringify(url)}, ${JSON.stringify(options)});
      const body = await r.text();
      console.log(JSON.stringify({ status: r.status, server: r.headers.get("x-server"), length: body.length,
        body: body.slice(0, 40) }));`;
    const words = ["exec", `${name}/client`, process.execPath, "--input-type=module", "-e", script];
    const { stdout, stderr } = lab(...words);
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  }

  test("web servers answer on their own addresses, and tell who they are", () => {
    assert.deepEqual(fetchOnClient(get("/")), {
      status: 200,
      server: "web1",
      length: 14,
      body: "192.168.4.100\n",
    });
    const other = fetchOnClient(get("/", "192.168.4.200"));
    assert.deepEqual(other, { status: 200, server: "web2", length: 14, body: "192.168.4.200\n" });
    assert.equal(fetchOnClient(get("/bytes/1000000")).length, 1_000_000);
    assert.equal(fetchOnClient(get("/nowhere")).status, 404);
    const slow = fetchOnClient(get("/slow/1"));
    assert.ok(slow.length >= 3000 && slow.length <= 11_000 && slow.length % 1000 === 0, `${slow.length}`);
    const upload = fetchOnClient(get("/"), { method: "PUT", body: "x".repeat(20_000) });
    assert.equal(upload.body, "20000 bytes received\n");
  });

  test("the VIP is the director's alone for who asks by ARP", () => {
    const client = new Host("client", `/run/netns/rondo-${name}-client`);
    // Refused by the director, which has no web server: that it was asked is seen by its MAC address.
    const words = [
      "exec",
      `${name}/client`,
      process.execPath,
      "-e",
      'fetch("http://192.168.4.15/").catch(() => {})',
    ];
    assert.equal(lab(...words).status, 0);
    const network = client.network();
    try {
      const neighbours = network.neighbours.list({ family: 4 });
      const vip = neighbours.find(({ address }) => address.toString() === "192.168.4.15");
      assert.equal(vip?.mac?.toString(), "02:00:c0:a8:04:05");
    } finally {
      network.close();
    }
  });

  test("exec gives the command's own output, status and signals, with the shims first in PATH", () => {
    const sh = (script: string) => lab("exec", "--lab", name, "web1", "sh", "-c", script);
    const { stdout, stderr, status } = sh("echo out; echo err >&2; exit 7");
    assert.deepEqual([stdout, stderr, status], ["out\n", "err\n", 7]);
    assert.equal(sh("kill -TERM $$").signal, "SIGTERM");
    assert.equal(sh("echo $RONDO_LAB/$RONDO_HOST").stdout, `${name}/web1\n`);
    for (const command of ["ipvsadm", "rondo"])
      assert.equal(sh(`command -v ${command}`).stdout, `/run/rondo/lab/${name}/shims/${command}\n`);
  });

  test("what is not there is refused, with what may have been meant", () => {
    const refused = (words: string[], status: number, stderr: RegExp) => {
      const result = lab(...words);
      assert.equal(result.status, status, words.join(" "));
      assert.match(result.stderr, stderr);
    };
    refused(["exec", `${name}/directer`, "true"], 1, /has no host "directer"\nDid you mean director\?/);
    refused(["exec", `${name}x/web1`, "true"], 1, /no lab test-\d+x is up\nDid you mean test-\d+\?/);
    refused(["exec", `${name}/web1`, "no-such-command"], 127, /there is no command no-such-command/);
    refused(["exec", `${name}/web1`, "/etc/passwd"], 126, /\/etc\/passwd is not executable/);
    refused(["exec", `${name}/web1`], 1, /which command/);
    refused(["exec"], 1, /which host/);
    refused(["shell", `${name}/web1`, "ls"], 1, /To run one command: rondo lab exec .* ls/);
    refused(["up", "rd"], 1, /there is no topology "rd"\nDid you mean dr\?/);
    refused(["up"], 1, /a name is missing/);
    refused(["up", "dr", "--hook", "skb"], 1, /there is no hook "skb"/);
    refused(["up", "dr", "--name", "A/b"], 1, /can't be a lab's name/);
    refused(["run", "dr", "--requests", "0"], 1, /a number from 1 to 100000/);
    refused(["run", "dr", "--nosuch"], 1, /Unknown option '--nosuch'/);
    refused(["stauts"], 1, /Did you mean status\?/);
    // A host sees neither the processes nor the networks that a lab's record is about: `down` there would forget them.
    const onHost = ["exec", `${name}/web1`, process.execPath, program];
    refused([...onHost, "down", name], 1, /this is a host of a lab, from which labs can't be seen/);
    // The switch has the machine's files, and the machine's /run/httpd.pid is none of the lab's.
    refused(["exec", `${name}/switch`, "systemctl", "stop", "httpd"], 1, /on a lab's hosts only/);
    assert.equal(lab("status", name).status, 0);
    assert.deepEqual(leftovers("-b-"), []);
  });

  test("two at the same moment: one is made, the other is told so", async () => {
    const own = `${name}-twice`;
    try {
      const outputs = await Promise.all([1, 2].map(() => outputOf(start("up", "dr", "--name", own))));
      assert.deepEqual(outputs.map(({ status }) => status).sort(), [0, 1]);
      const refusal = outputs.find(({ status }) => status === 1)!.stderr;
      assert.match(refusal, /is being made or taken down by another process|is up already/);
      assert.equal(lab("status", own).status, 0);
    } finally {
      assert.equal(lab("down", own).status, 0);
    }
  });

  test("a namespace that belongs to something else is neither taken nor removed", () => {
    const own = `${name}-taken`;
    const foreign = new Host("foreign", `/run/netns/rondo-${own}-web1`);
    foreign.create();
    try {
      const refused = lab("up", "dr", "--name", own);
      assert.equal(refused.status, 1);
      assert.match(refused.stderr, /-taken-web1 belongs to something else\nTake another name/);
      assert.ok(foreign.exists);
      assert.equal(lab("down", own).status, 0);
      assert.ok(foreign.exists);
    } finally {
      foreign.remove();
    }
    assert.deepEqual(leftovers(own), []);
  });

  test("a web server that ends is seen, and the lab goes down all the same", () => {
    const own = `${name}-broken`;
    try {
      assert.equal(lab("up", "dr", "--name", own, "--hook", "tc").status, 0);
      const [{ hosts }] = JSON.parse(lab("status", own, "--json").stdout);
      const { pid } = hosts.find((host: { name: string }) => host.name === "web1").processes[0];
      process.kill(pid, "SIGKILL");
      let status = lab("status", own);
      for (let i = 0; i < 20 && status.status === 0; i++) status = lab("status", own);
      assert.match(status.stdout, /: broken;(?:.|\n)*web server on port 80, which has ended/);
      assert.equal(status.status, 1);
    } finally {
      assert.equal(lab("down", own).status, 0);
    }
  });

  test("down ends what was started in it, even if it does not want to", async () => {
    const own = `${name}-busy`;
    assert.equal(lab("up", "dr", "--name", own).status, 0);
    const stubborn = start(
      "exec",
      `${own}/web1`,
      "sh",
      "-c",
      "trap '' TERM; echo ready; while :; do sleep 0.1; done",
    );
    await once(stubborn.stdout!, "data");
    const exit = once(stubborn, "exit");
    assert.equal(lab("down", own).status, 0);
    assert.deepEqual(await exit, [null, "SIGKILL"]);
    assert.deepEqual(leftovers(own), []);
  });
});

function start(...words: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "pipe"] });
}

async function outputOf(child: ChildProcess) {
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (data) => (stdout += data));
  child.stderr!.on("data", (data) => (stderr += data));
  const [status] = await once(child, "close");
  return { stdout, stderr, status };
}

describe("a run", { skip }, () => {
  const nameOf = (child: ChildProcess) => `dr-run-${child.pid}-`;

  test("two at once each have a lab of their own, report, and leave nothing", async () => {
    const runs = [
      start("run", "dr", "--json", "--requests", "3"),
      start("run", "dr", "--hook", "tc", "--json"),
    ];
    const outputs = await Promise.all(runs.map(outputOf));
    const reports = outputs.map(({ stdout }) => JSON.parse(stdout));
    for (const [index, report] of reports.entries()) {
      // Nobody directs: the director refuses what it gets for the VIP, and the run says so.
      assert.equal(outputs[index]!.status, 1);
      assert.equal(report.ok, false);
      assert.equal(report.answered, 0);
      assert.match(report.faults[0], /^request 1: connection refused$/);
      assert.deepEqual(
        report.hops.map(
          (hop: { from: string; to: string; packet: string }) => `${hop.from} ${hop.to} ${hop.packet}`,
        ),
        ["client director SYN", "director client RST, ACK"],
      );
    }
    assert.deepEqual([reports[0].requests, reports[0].expected], [3, { web1: 1, web2: 2 }]);
    assert.deepEqual([reports[1].requests, reports[1].expected], [20, { web1: 10, web2: 10 }]);
    for (const child of runs) assert.deepEqual(await leftAfter(nameOf(child), 500), []);
  });

  test("told to a person", async () => {
    const { stdout } = await outputOf(start("run", "dr", "--requests", "2"));
    assert.match(stdout, /┌─ director ─/);
    assert.match(
      stdout,
      / 1\. client → director +SYN\n +MAC +02:00:c0:a8:04:0a \(client's eth0\) → 02:00:c0:a8:04:05/,
    );
    assert.match(stdout, /not ok: 0 of 2 requests answered\n/);
    assert.ok(stdout.split("\n").every((line) => line.length <= 100));
  });

  for (const [signal, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    test(`${signal} ends it with status ${status} and leaves nothing`, async () => {
      const child = start("run", "dr", "--requests", "100000");
      const output = outputOf(child);
      const busy = () => leftovers(nameOf(child)).some((name) => name.includes("client in /run/netns"));
      for (let i = 0; i < 200 && !busy(); i++) await sleep(25);
      child.kill(signal);
      assert.equal((await output).status, status);
      assert.deepEqual(await leftAfter(nameOf(child), 500), []);
    });

  test("kill -9 at any moment leaves nothing", async () => {
    // The last one has its whole lab when it is killed, however slow the machine is.
    await Promise.all(
      [150, 300, 450, 700, undefined].map(async (moment) => {
        const child = start("run", "dr", "--requests", "100000");
        if (moment !== undefined) await sleep(moment);
        else {
          const made = () => leftovers(nameOf(child)).length;
          for (let i = 0; i < 800 && made() <= 5; i++) await sleep(25);
          assert.ok(made() > 5, "the lab was not there after 20 s");
        }
        child.kill("SIGKILL");
        await once(child, "exit");
        assert.deepEqual(
          await leftAfter(nameOf(child), 10_000),
          [],
          `killed after ${moment ?? "all was made:"} ms`,
        );
      }),
    );
  });
});

test("a /run that is read-only or full is told in words, and nothing is left", { skip }, () => {
  for (const [options, said] of [
    ["ro", /^rondo lab: (EROFS|ENOENT).*\nLabs are kept below \/run\/rondo\/lab, which has to be writable/],
    ["size=8k", /^rondo lab: ENOSPC.*\nLabs are kept below \/run\/rondo\/lab, .* have room: see `df \/run`/],
  ] as const) {
    const script = `mount -t tmpfs -o ${options} run /run; "$@"; status=$?; cat /proc/mounts | grep rondo-full; exit $status`;
    const up = [process.execPath, program, "up", "dr", "--name", `full-${process.pid}`];
    const words = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ...up];
    const { status, stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    assert.match(stderr, said);
    assert.deepEqual([status, stdout], [1, ""]);
  }
});

test("a name and --all contradict each other: nothing is taken down", { skip }, () => {
  // As nobody, who could not do harm to other labs.
  const { status, stderr } = asNobody("down", "--all", "no-such-lab");
  assert.equal(status, 1);
  assert.equal(stderr, "rondo lab: down: no-such-lab, or --all of them?\nrondo lab down [LAB | --all]\n");
});

test("who is not root is told so, and nothing is made", { skip }, () => {
  for (const words of [
    ["up", "dr"],
    ["run", "dr"],
    ["down", "dr"],
    ["exec", "client", "true"],
  ]) {
    const result = asNobody(...words);
    assert.equal(result.status, 1, result.stderr);
    assert.match(result.stderr, /^rondo lab: .* only root may do\nRun it as root/);
  }
});

function asNobody(...words: string[]) {
  const code = `process.setgid(65534); process.setuid(65534); process.argv = [process.argv[0], "x", ...process.argv.slice(1)];
    await import(${JSON.stringify(program)});`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", code, "--", ...words], {
    encoding: "utf8",
  });
}
