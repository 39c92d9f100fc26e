import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../test/support/command.js";
import { serviceId, web, webConnection, webPlane } from "../../test/support/web-plane.js";
import { run } from "./flush.js";

function place() {
  const plane = webPlane();
  plane.setConnections([
    webConnection("10.0.0.1"),
    webConnection("10.0.0.2", { server: "192.168.4.200" }),
    webConnection("10.0.0.3"),
    webConnection("10.0.0.0", { template: true }),
  ]);
  return { plane, left: () => [...plane.connections()].map(({ client }) => `${client.address}`) };
}

test("connections of a service, a server, clients are ended", async () => {
  for (const [words, said, left] of [
    ["192.168.4.15:80", "3 connections ended, and 1 client is no longer bound by persistence\n", []],
    [
      "-t 192.168.4.15:80 --server 192.168.4.200",
      "1 connection ended\n",
      ["10.0.0.1", "10.0.0.3", "10.0.0.0"],
    ],
    [
      "--server 192.168.4.100:80",
      "2 connections ended, and 1 client is no longer bound by persistence\n",
      ["10.0.0.2"],
    ],
    ["--client 10.0.0.2/31 --json", '{"connections":2,"bindings":0}\n', ["10.0.0.1", "10.0.0.0"]],
    ["-u 192.168.4.15:80", "0 connections ended\n", ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.0"]],
    ["--all --json", '{"connections":3,"bindings":1}\n', []],
  ] as const) {
    const { plane, left: rest } = place();
    const ran = await runCommand(run, plane, words);
    assert.deepEqual([ran.status, ran.stderr, ran.stdout, rest()], [0, "", said, left], words);
  }
});

test("mistakes change nothing", async () => {
  for (const [words, status, message] of [
    ["", 2, /which connections\?/],
    ["--all --client 10.0.0.1", 2, /--all stands alone/],
    ["192.168.4.15:80 -t 192.168.4.15:80", 2, /one service at a time/],
    ["192.168.4.15:81", 1, /no service 192.168.4.15:81/],
    ["--client 10.0.0.1/99", 2, /0 to 32 bits/],
  ] as const) {
    const { plane, left } = place();
    const ran = await runCommand(run, plane, words);
    assert.equal(ran.status, status, words);
    assert.match(ran.stderr, message);
    assert.equal(left().length, 4);
  }
  const { plane } = place();
  plane.addService({ ...plane.service(web)!, id: serviceId("udp", 80) });
  const ran = await runCommand(run, plane, "192.168.4.15:80");
  assert.match(
    ran.stderr,
    /there are 2 services 192.168.4.15:80: tcp 192.168.4.15:80, udp .*\nSay which by -t/,
  );
});
