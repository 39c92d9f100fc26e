import assert from "node:assert/strict";
import { test } from "node:test";
import { lintConfigs, readConfig, testConfigs, type World } from "./index.js";

const world = (texts: Record<string, string>, more: Partial<World> = {}): Partial<World> => ({
  workingDirectory: () => "/",
  hostName: () => "host",
  ownUser: () => ({ name: "root", uid: 0, gid: 0 }),
  user: (name) => (name === "root" ? { name, uid: 0, gid: 0 } : null),
  group: () => null,
  glob: (path) => ({ paths: path in texts ? [path] : [], missing: path in texts ? 0 : 1, wildcards: false }),
  read: (path) => ({ kind: "text", text: texts[path] ?? "", encoding: "utf8" }),
  script: () => undefined,
  ...more,
});

const read = (text: string, more: Partial<World> = {}) =>
  readConfig("/a.conf", { world: world({ "/a.conf": text }, more) });
const told = (text: string, more: Partial<World> = {}) =>
  read(text, more).diagnostics.map(
    (one) =>
      `${one.place.line}:${one.place.column} ${one.message}${one.meant === undefined ? "" : ` -> ${one.meant}`}`,
  );
const lint = (texts: readonly string[], more: Partial<World> = {}) => {
  const files = Object.fromEntries(texts.map((text, i) => [`/${i}.conf`, text]));
  const options = { world: world(files, more) };
  return lintConfigs(
    Object.keys(files).map((path) => readConfig(path, options)),
    options,
  );
};
const instance = (inner: string, name = "A") => `vrrp_instance ${name} {
interface eth0
virtual_router_id 1
virtual_ipaddress { 192.168.4.80 }
${inner}
}
`;

test("unknown words get the word of their block that was meant", () => {
  assert.deepEqual(told(instance("prioritty 100")), ["5:1 Unknown keyword 'prioritty' -> priority"]);
  assert.deepEqual(told(instance("no_preempt")), ["5:1 Unknown keyword 'no_preempt' -> nopreempt"]);
  assert.deepEqual(told(instance("Priority 100")), ["5:1 Unknown keyword 'Priority' -> priority"]);
  assert.deepEqual(told("vrrp_instance_Vl_1 {\ninterface eth0\n}\n"), [
    "1:1 Unknown keyword 'vrrp_instance_Vl_1' -> vrrp_instance Vl_1",
  ]);
});

test("a word of another block is told where it belongs", () => {
  const [one] = read(instance("auth_pass 1111")).diagnostics;
  assert.equal(one?.message, "Unknown keyword 'auth_pass'");
  assert.equal(one?.remedy, "auth_pass belongs into authentication.");
  const [two] = read(instance("virtual_server 10.0.0.1 80 {\n}")).diagnostics;
  assert.equal(
    two?.remedy,
    "It belongs outside of all blocks: add the missing '}' of vrrp_instance before it.",
  );
});

test("a missing brace does not hide what follows", () => {
  assert.deepEqual(
    told(`vrrp_instance A {
interface eth0
virtual_router_id 1
authentication {
  auth_type PASS
  auth_pass 1
virtual_ipaddress {
  192.168.4.80
}
}
`),
    ["7:1 Unknown keyword 'virtual_ipaddress'"],
  );
  assert.equal(
    read("vrrp_instance A {\n").diagnostics.at(-1)?.message,
    "There are 1 missing '}'s or extra '{'s",
  );
});

test("words that are not quoted are not read, and --fix quotes them", () => {
  const [one] = read("vrrp_script s {\nscript /bin/check --port 80\n}\n").diagnostics.filter(
    (found) => found.code === "extra-words",
  );
  assert.deepEqual(one?.fix, { file: "/a.conf", start: 23, end: 43, text: '"/bin/check --port 80"' });
});

test("places are those of what was written, through definitions", () => {
  assert.deepEqual(told(`$S=MASTR\n${instance("state $S")}`), [
    "1:4 (A) unknown state 'MASTR', defaulting to BACKUP -> MASTER",
  ]);
  assert.deepEqual(told(`$L= \\\n state MASTR \\\n nopreempt\n${instance("$L")}`), [
    "2:8 (A) unknown state 'MASTR', defaulting to BACKUP -> MASTER",
  ]);
});

test("exit statuses are the real one's", () => {
  const status = (text: string, more: Partial<World> = {}) =>
    testConfigs(["/a.conf"], { world: world({ "/a.conf": text }, more) }).exitStatus;
  const script = `${instance("notify_master /x")}`;
  assert.equal(status(instance("")), 0);
  assert.equal(status(instance("state")), 2);
  assert.equal(status(instance("foo")), 5);
  assert.equal(status("interface_up_down_delays {\n eth9 1\n}\n", { interface: () => null }), 4);
  assert.equal(status(script, { script: () => ({ kind: "ok" }) }), 6);
  assert.equal(
    status(`global_defs {\nenable_script_security\nscript_user root\n}\n${script}`, {
      script: () => ({ kind: "ok" }),
    }),
    0,
  );
  assert.equal(status("includem /none\n"), 6);
});

test("sense: weights that move nothing", () => {
  const file = (priority: number, weight: number) =>
    `vrrp_script s {\nscript "</x"\nweight ${weight}\n}\n${instance(`priority ${priority}\ntrack_script { s }`)}`;
  const weights = (found: ReturnType<typeof lint>) =>
    found.filter((one) => one.code.startsWith("weight")).map((one) => one.message);
  assert.deepEqual(weights(lint([file(100, -2), file(90, -2)])), [
    "(A) track_script s: failing leaves priority 98, and the others have 90 at most: the VIP stays",
  ]);
  assert.deepEqual(weights(lint([file(100, -20), file(90, -20)])), []);
  assert.deepEqual(weights(lint([file(254, 10)])), [
    "(A) track_script s: weight 10 can't change the priority 254",
  ]);
});

test("sense: what two routers of one id must have alike", () => {
  const codes = (found: ReturnType<typeof lint>) => found.map((one) => one.code);
  assert.deepEqual(codes(lint([instance("priority 100"), instance("priority 100")])), ["peer-priority"]);
  assert.deepEqual(codes(lint([instance("priority 100"), instance("priority 90\nadvert_int 2")])), [
    "peer-interval",
  ]);
});

test("sense: VIPs outside of their network, checks of port 0", () => {
  const facts = { loopback: false, multicast: true, ethernet: true, mtu: 1500, addresses: ["10.0.0.5/24"] };
  const found = lint([instance("")], { interface: () => facts });
  assert.deepEqual(
    found.map((one) => one.code),
    ["vip-network"],
  );
  const server =
    "virtual_server fwmark 1 {\nlb_algo rr\nlb_kind DR\nreal_server 10.0.0.9 {\nTCP_CHECK {\n}\n}\n}\n";
  assert.deepEqual(
    lint([server]).map((one) => one.code),
    ["check-port-0"],
  );
});
