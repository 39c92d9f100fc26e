// What our ipvsadm has beside the real one's options: connections of one service, server or client; thresholds that are saved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GoldenPlane } from "../../test/support/golden-plane.js";
import { runWith } from "../../test/support/ipvsadm.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import type { ConnectionEntry } from "../ipvs/model.js";
import { IpAddress } from "../wire/address.js";

/** The clients of the connections that a listing shows. */
async function clients(plane: MemoryPlane, words: string): Promise<string[]> {
  const ran = await runWith(plane, words.split(" "));
  assert.deepEqual([ran.status, ran.stderr], [0, ""], words);
  const [title, columns, ...rows] = ran.stdout.trimEnd().split("\n");
  assert.equal(title, "IPVS connection entries");
  assert.match(columns!, /^pro expire/);
  return rows.map((row) => row.split(/ +/)[3]!.replace(/:.*/, ""));
}

test("-L -c shows only the connections of a service, a server, a client", async () => {
  const plane = new GoldenPlane();
  const all = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.0", "198.51.100.4"];
  for (const [words, expected] of [
    ["-Lcn", all],
    ["-Lcn -t 192.0.2.10:80", [all[0], all[4]]],
    ["-Ln --connection --tcp-service=192.0.2.10:443", [all[1]]],
    ["-Lcn -u 192.0.2.10:53", [all[2]]],
    ["-Lcn --sctp-service 192.0.2.10:53", []],
    ["-Lcn -f 7", [all[3]]],
    ["-Lcn -f 7 -6", []],
    ["-Lcn -r 10.0.0.11", [all[0]]],
    ["-Lcn -r 10.0.0.11:8080", [all[0]]],
    ["-Lcn -r 10.0.0.11:80", []],
    ["-Lcn -t 192.0.2.10:80 -r 10.0.0.11", [all[0]]],
    ["-Lcn --client 198.51.100.2", [all[1]]],
    ["-Lcn --client 198.51.100.2/31", [all[1], all[2]]],
    ["-Lcn --client 198.51.100.0/24 -t 192.0.2.10:80 -r 10.0.0.13", [all[4]]],
    ["-Lcn --client 2001:db8::/32", []],
  ] as const)
    assert.deepEqual(await clients(plane, words), expected, words);
  const json = await runWith(plane, ["-Lc", "--json", "--client", "198.51.100.2"]);
  assert.equal(JSON.parse(json.stdout).connections.length, 1);
});

test("a connection that says of which service it is is not judged by its port", async () => {
  const plane = new MemoryPlane();
  const address = IpAddress.of("192.0.2.10");
  const at = (port: number) => ({ address, port });
  const entry = (port: number, service: ConnectionEntry["service"]): ConnectionEntry => ({
    protocol: "tcp",
    state: "ESTABLISHED",
    expires: 9,
    client: { address: IpAddress.of(`198.51.100.${port}`), port: 1 },
    virtual: at(port),
    server: at(port),
    template: false,
    ...(service && { service }),
  });
  const allPorts = { kind: "address", protocol: "tcp", ...at(0) } as const;
  plane.setConnections([
    entry(80, { ...allPorts, port: 80 }),
    entry(81, allPorts),
    entry(82, { kind: "mark", mark: 7, family: 4 }),
  ]);
  assert.deepEqual(await clients(plane, "-Lcn -t 192.0.2.10:80"), ["198.51.100.80"]);
  assert.deepEqual(await clients(plane, "-Lcn -t 192.0.2.10"), ["198.51.100.81"]);
  assert.deepEqual(await clients(plane, "-Lcn -f 7"), ["198.51.100.82"]);
});

test("filters stand with -L -c only", async () => {
  for (const [words, status, message] of [
    ["-L --client 1.1.1.1", 2, "Illegal 'client' option with the 'list' command\n"],
    ["-L -r 1.1.1.1", 2, "Illegal 'real-server' option with the 'list' command\n"],
    ["-A -t 1.1.1.1:80 --client 1.1.1.1", 2, "Illegal 'client' option with the 'add-service' command\n"],
    [
      "-Lc --client 1.1.1.1/8",
      2,
      "--client 1.1.1.1/8 has more in it than its 8 bits\nDid you mean 1.0.0.0/8, or 1.1.1.1?\n",
    ],
    ["-Lc --client", 255, "--client: missing argument\n"],
    ["-Lc --client 1.1.1.1 --client 1.1.1.2", 2, "multiple 'client' options specified\n"],
    [
      "-Lc -t 1.1.1.1:80 --timeout",
      2,
      "The option 'timeout' conflicts with the 'connection' option in the 'list' command\n",
    ],
  ] as const) {
    const ran = await runWith(new GoldenPlane(), words.split(" "));
    assert.deepEqual([ran.status, ran.stderr.replace(/Try .*\n/, "")], [status, message], words);
  }
});

test("thresholds are saved where it is asked for, and restored", async () => {
  const plane = new GoldenPlane();
  const saved = await runWith(plane, ["-n", "--thresholds"], { program: "ipvsadm-save" });
  assert.match(saved.stdout, /-x 1000 -y 750/);
  const restored = new MemoryPlane();
  await runWith(restored, [], { program: "ipvsadm-restore", input: saved.stdout });
  const shown = await Promise.all([plane, restored].map((each) => runWith(each, ["-Ln", "--thresholds"])));
  const thresholds = shown.map(({ stdout }) => stdout.replace(/( +\d+){2} *\n/g, "\n"));
  assert.equal(thresholds[1], thresholds[0]);
  assert.doesNotMatch((await runWith(plane, ["-n"], { program: "ipvsadm-save" })).stdout, /-x/);
});
