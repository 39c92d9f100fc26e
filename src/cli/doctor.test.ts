import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { changed, cluster, vip } from "../../test/support/doctor-hosts.js";
import type { HostFacts } from "../doctor/index.js";
import { RondoError } from "../errors.js";
import { run } from "./doctor.js";
import { textReport } from "./doctor-report.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-doctor-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function saved(hosts: readonly HostFacts[]): string[] {
  return hosts.map((host) => {
    const path = join(folder, `${host.host}.json`);
    writeFileSync(path, JSON.stringify(host));
    return path;
  });
}

async function doctor(...words: string[]) {
  let out = "";
  let err = "";
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    stdin: Readable.from([]),
  };
  return { status: await run(words, io), out, err };
}

async function refused(...words: string[]): Promise<RondoError> {
  const error = await doctor(...words).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RondoError, `${words.join(" ")}: ${JSON.stringify(error)}`);
  return error;
}

test("files of facts: healthy, and with an error", async () => {
  const healthy = await doctor("--from", ...saved(Object.values(cluster("tunnel"))));
  assert.deepEqual(healthy, { status: 0, out: "4 hosts: nothing wrong was found\n", err: "" });
  const sick = changed(cluster("droute"), "web1", ({ addresses }) => ({
    addresses: addresses.filter(({ address }) => address !== vip),
  }));
  const { status, out } = await doctor("--from", ...saved(sick));
  assert.equal(status, 1);
  assert.equal(
    out,
    [
      `web1: error vip-missing-server: ${vip} is not an address of this host, which is a real server by DR of ipvsadm's -t ${vip}:80`,
      "    shows:  requests that go to this server are never answered: it drops them, or sends them on",
      `    mend:   ip addr add ${vip}/32 dev lo`,
      "",
      "4 hosts: 1 error, 0 warnings",
      "--fix runs the 1 command above, and looks again",
      "",
    ].join("\n"),
  );
});

test("warnings count with --strict; --json tells all", async () => {
  const files = saved(changed(cluster("masq"), "web1", () => ({ sysctls: { "net.core.somaxconn": "16" } })));
  assert.equal((await doctor("--from", ...files)).status, 0);
  const { status, out } = await doctor("--json", "--strict", "--from", ...files);
  assert.equal(status, 1);
  const { hosts, findings } = JSON.parse(out);
  assert.deepEqual(hosts, ["client", "director", "web1", "web2"]);
  assert.deepEqual(
    findings.map(({ code, severity }: { code: string; severity: string }) => [code, severity]),
    [["somaxconn", "warning"]],
  );
});

test("what could not be looked at is told, and is no health", async () => {
  const unseen = [{ what: "the director", why: "only root may look at it", severe: true }];
  const { status, out } = await doctor("--from", ...saved([{ ...cluster("masq").client, unseen }]));
  assert.equal(status, 1);
  assert.match(out, /^not looked at: the director \(only root may look at it\)\n/);
});

test("mistakes in the words have status 2, and say what was meant", async () => {
  for (const [words, message] of [
    [["--frm", "x"], /--frm.*did you mean --from\?/],
    [["--as", "directr"], /did you mean director\?/],
    [["--vip", "192.168.4"], /no IP address/],
    [["--connect", "192.168.4.15"], /ADDRESS:PORT/],
    [["--wait", "soon"], /milliseconds/],
    [["web1.json"], /nothing is expected here/],
    [["--facts", "--fix"], /no --fix with it/],
    [["--lab", "x", "--from", "y"], /exclude each other/],
  ] as const) {
    const error = await refused(...words);
    assert.equal(error.exitStatus, 2, words.join(" "));
    assert.match(error.message, message);
  }
  const [file] = saved([cluster("masq").client]);
  assert.equal((await refused("--fix", "--from", file!)).exitStatus, 2);
});

test("files that hold something else", async () => {
  const path = join(folder, "other");
  const holding = async (text: string) => {
    writeFileSync(path, text);
    return (await refused("--from", path)).code;
  };
  assert.equal((await refused("--from", join(folder, "nowhere"))).code, "no-file");
  assert.equal(await holding(""), "no-facts");
  assert.equal(await holding("{}"), "no-facts");
  assert.equal(await holding(JSON.stringify({ ...cluster("masq").client, format: 0 })), "other-facts");
  const whole = cluster("masq").director;
  for (const change of [
    { services: undefined },
    { addresses: [{ link: "eth0", address: "1.2.3.4;reboot", prefixLength: 24 }] },
    { links: [{ ...whole.links[0], mtu: "1500;reboot" }] },
    { routes: [{ ...whole.routes[0], via: "$(reboot)" }] },
    { services: [{ ...whole.services[0], vip: "x" }] },
    { firewall: null },
    { director: [] },
  ])
    assert.equal(await holding(JSON.stringify({ ...whole, ...change })), "no-facts", JSON.stringify(change));
  const [file] = saved([cluster("masq").client]);
  assert.equal((await refused("--from", file!, file!)).code, "same-host");
});

test("the last line tells of what is left once something was mended", () => {
  const told = (mended: Parameters<typeof textReport>[0]["mended"]) =>
    textReport({ facts: [], findings: [], absent: [], ...(mended && { mended }) });
  assert.equal(
    told([{ host: "web1", command: "true", status: 0, output: "" }]),
    "0 hosts: nothing wrong is left\n",
  );
  assert.equal(told([]), "0 hosts: nothing wrong was found\n");
  assert.equal(told(undefined), "0 hosts: nothing wrong was found\n");
});
