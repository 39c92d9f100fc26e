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
