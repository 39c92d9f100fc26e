import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fixConfig, formatDiagnostic, testConfigs, type World } from "../../src/config/keepalived/index.js";
import { packageRoot } from "../../src/package-root.js";

const folder = `${packageRoot}test/fixtures/keepalived`;
const interfaces = ["eth0", "eth1", "eth2", "ens33", "ens37"];
const addresses: Record<string, string[]> = { eth0: ["192.168.4.5/24"], eth1: ["10.0.0.9/24"] };
const world: Partial<World> = {
  interface: (name) =>
    interfaces.includes(name)
      ? { loopback: false, multicast: true, ethernet: true, mtu: 1500, addresses: addresses[name] ?? [] }
      : null,
};

/**
 * Where ours ends otherwise, and why. http-without-url: 2.2.7 crashes. iptables: it depends on how keepalived was built.
 * daemon-options: config_save_dir makes even -t write files.
 */
const apart = ["http-without-url.conf", "iptables.conf", "daemon-options.conf"];

const run = (program: string, args: readonly string[], input = "") =>
  spawnSync(program, args, { encoding: "utf8", input, timeout: 60_000 });

test("keepalived -t accepts and refuses the corpus with our exit statuses, and what --fix makes", (t) => {
  if (process.getuid?.() !== 0) return t.skip("needs root");
  if (run("keepalived", ["--version"]).status !== 0) {
    assert.notEqual(process.env["CI"], "true", "needs keepalived");
    return t.skip("needs keepalived");
  }
  const place = `ka-conf-${process.pid}`;
  const scratch = `/tmp/${place}`;
  t.after(() => {
    run("ip", ["netns", "del", place]);
    run("rm", ["-rf", scratch]);
  });
  assert.equal(run("ip", ["netns", "add", place]).status, 0);
  assert.equal(run("mkdir", [scratch]).status, 0);
  const links = interfaces.map(
    (name) => `link add ${name} type veth peer name p${name}\nlink set ${name} up\nlink set p${name} up`,
  );
  const own = Object.entries(addresses).map(([name, [address]]) => `addr add ${address} dev ${name}`);
  const made = run("ip", ["-n", place, "-batch", "-"], `${[...links, ...own].join("\n")}\n`);
  assert.equal(made.status, 0, made.stderr);

  const corpus = readdirSync(folder).filter((name) => name.endsWith(".conf") && !apart.includes(name));
  const notes = corpus.filter((name) => name.startsWith("notes-"));
  const mended = notes.map((name) => {
    const path = join(scratch, name);
    const [file] = fixConfig(join(folder, name), { configId: "host", world }).files;
    // Debian's is built without iptables, and refuses the word.
    writeFileSync(path, file!.text.replace("vrrp_iptables", "nftables"));
    return path;
  });
  const paths = [...corpus.map((name) => join(folder, name)), ...mended];
  const script = 'while read -r f; do keepalived -t -i host -f "$f" >/dev/null 2>&1; echo "$? $f"; done';
  const real = run("ip", ["netns", "exec", place, "sh", "-c", script], `${paths.join("\n")}\n`);
  const statuses = new Map(
    real.stdout
      .trim()
      .split("\n")
      .map((line) => [line.slice(2), Number(line[0])]),
  );
  for (const path of paths) {
    const { exitStatus, diagnostics } = testConfigs([path], { configId: "host", world });
    assert.equal(exitStatus, statuses.get(path), `${path}\n${diagnostics.map(formatDiagnostic).join("\n")}`);
  }
  for (const path of mended) assert.equal(statuses.get(path), 0, path);
});
