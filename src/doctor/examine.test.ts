import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { changed, cluster, macOf, vip } from "../../test/support/doctor-hosts.js";
import { packageRoot } from "../package-root.js";
import { checks } from "./checks/index.js";
import { examine } from "./examine.js";

const named = (hosts: Parameters<typeof examine>[0]) =>
  examine(hosts).map(({ host, code }) => `${host} ${code}`);

test("in a healthy cluster nothing is found, by any method", () => {
  for (const method of ["droute", "tunnel", "masq"] as const)
    assert.deepEqual(named(Object.values(cluster(method))), []);
});

test("each host of a healthy cluster alone is healthy", () => {
  for (const method of ["droute", "tunnel", "masq"] as const)
    for (const host of Object.values(cluster(method))) assert.deepEqual(named([host]), [], host.host);
});

test("what only shows another finding is left out", () => {
  const hosts = cluster("droute");
  const loud = { ...hosts, web1: { ...hosts.web1, sysctls: { "net.ipv4.conf.all.arp_announce": "2" } } };
  const macs = [macOf("192.168.4.5"), macOf("192.168.4.100")];
  assert.deepEqual(named(changed(loud, "client", () => ({ arp: [{ address: vip, link: "eth0", macs }] }))), [
    "web1 arp-ignore",
  ]);
});

test("errors come before warnings", () => {
  const hosts = changed(cluster("masq"), "web1", () => ({
    sysctls: { "net.core.somaxconn": "16" },
    listening: [],
  }));
  assert.deepEqual(named(hosts), ["web1 listener-missing", "web1 somaxconn"]);
});

test("the manual has every code, with its severity and how it shows, and no other", () => {
  const manual = readFileSync(`${packageRoot}docs/manual/doctor.md`, "utf8");
  const told = [
    ...manual.matchAll(/^\| `([a-z-]+)` \| (error|warning) \| [^|]+ \| ([^|]+) \| [^|]+ \|$/gm),
  ].map(([, code, severity, shows]) => [code, severity, shows]);
  const codes = checks.flatMap((check) => Object.entries(check.codes));
  assert.deepEqual(
    told,
    codes.map(([code, { severity, shows }]) => [code, severity, shows]),
  );
});
