import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf } from "../../../test/support/doctor-hosts.js";
import { limits } from "./limits.js";

const web1 = (sysctls: Record<string, string>) => changed(cluster("masq"), "web1", () => ({ sysctls }));

test("limits that are as good as reached", () => {
  assert.deepEqual(codesOf(limits, web1({ "net.core.somaxconn": "4096" })), []);
  assert.deepEqual(mendsOf(limits, web1({ "net.core.somaxconn": "128" })), [
    "web1: sysctl -w net.core.somaxconn=4096",
  ]);
  const tracked = (count: string) =>
    web1({ "net.netfilter.nf_conntrack_count": count, "net.netfilter.nf_conntrack_max": "1000" });
  assert.deepEqual(codesOf(limits, tracked("899")), []);
  assert.deepEqual(mendsOf(limits, tracked("900")), ["web1: sysctl -w net.netfilter.nf_conntrack_max=2000"]);
  assert.deepEqual(codesOf(limits, web1({ "fs.file-nr": "950 0 1000" })), ["web1 files-full"]);
});

test("a program near its own limit of files, and one that was too slow to accept", () => {
  const process = { pid: 7, name: "nginx", files: 930, most: 1024, mostEver: 4096 };
  const listening = [{ protocol: "tcp" as const, address: "0.0.0.0", port: 80, process }];
  const hosts = (more: object) =>
    changed(cluster("masq"), "web1", () => ({
      listening: [{ ...listening[0]!, process: { ...process, ...more } }],
    }));
  assert.deepEqual(mendsOf(limits, hosts({})), ["web1: prlimit --pid 7 --nofile=4096:"]);
  assert.deepEqual(mendsOf(limits, hosts({ mostEver: 1024 })), []);
  assert.deepEqual(codesOf(limits, hosts({ files: 500 })), []);
  assert.deepEqual(
    codesOf(
      limits,
      changed(cluster("masq"), "web1", () => ({ listenOverflows: 1 })),
    ),
    ["web1 listen-overflow"],
  );
});
