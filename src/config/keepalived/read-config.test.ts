import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig, readSources } from "./index.js";

const read = (text: string) =>
  readConfig("test.conf", {
    configId: "host",
    world: {
      hostName: () => "host.example",
      glob: (pattern) => ({ paths: [pattern], missing: 0, wildcards: false }),
      read: (path) =>
        path.endsWith("/test.conf") ? { kind: "text", text, encoding: "utf8" } : { kind: "missing" },
    },
  });

test("reads an instance, with defaults", () => {
  const { config, diagnostics } = read(`
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 192.168.4.80 }
}`);
  assert.deepEqual(diagnostics, []);
  const [instance] = config.instances;
  assert.equal(instance?.priority, 100);
  assert.equal(instance?.state, "BACKUP");
  assert.equal(instance?.advertInterval, 1000);
  assert.equal(instance?.addresses[0]?.address.toString(), "192.168.4.80");
  assert.deepEqual(instance?.addresses[0]?.at, { file: "test.conf", line: 5, column: 23 });
});

test("another process reads the same from the sources", () => {
  const first = read("vrrp_instance $_RANDOM {\n interface eth0\n virtual_router_id 1\n}\n");
  const second = readSources(JSON.parse(JSON.stringify(first.sources)));
  assert.deepEqual(second.config, first.config);
  assert.deepEqual(second.diagnostics, first.diagnostics);
});

test("a BFD instance that tells only the checkers, or only VRRP, isn't known to the other", () => {
  const { config, diagnostics } = read(`
bfd_instance checks { neighbor_ip 10.0.0.2
 checker }
bfd_instance routers { neighbor_ip 10.0.0.3
 vrrp }
bfd_instance all { neighbor_ip 10.0.0.4 }
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  virtual_ipaddress { 192.168.4.80 }
  track_bfd {
    checks
    routers
    all
  }
}
virtual_server 192.168.4.80 80 {
  real_server 10.0.1.1 80 {
    BFD_CHECK { name routers }
    BFD_CHECK { name all }
  }
}`);
  assert.deepEqual(
    diagnostics.filter(({ code }) => code === "unknown-name").map(({ message }) => message),
    ["(VI_1) track bfd checks not found, ignoring...", "BFD_CHECK - BFD routers not configured"],
  );
  assert.deepEqual(
    config.instances[0]!.tracking.bfds.map(({ name }) => name),
    ["routers", "all"],
  );
  const checks = config.virtualServers[0]!.servers[0]!.checks;
  assert.deepEqual(
    checks.map((check) => check.kind === "BFD_CHECK" && check.name),
    ["all"],
  );
});
