import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ServersFixture } from "./testing/fixture.js";

const lines = (fixture: ServersFixture) => fixture.told.map(({ level, message }) => `${level} ${message}`);

describe("states of servers", () => {
  test("maintenance, drain and ready are told as HAProxy tells them", () => {
    const fixture = new ServersFixture([{ name: "web", servers: [["s1"], ["s2"]] }]);
    const server = fixture.server("web/s2");
    server.setState("maint");
    assert.equal(server.statusText, "MAINT");
    server.setState("ready");
    server.setState("drain");
    assert.equal(server.statusText, "DRAIN");
    server.setState("ready");
    assert.deepEqual(lines(fixture), [
      "1 Server web/s2 is going DOWN for maintenance. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
      "5 Server web/s2 is UP/READY (leaving forced maintenance).",
      "5 Server web/s2 enters drain state. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
      "5 Server web/s2 is UP (leaving forced drain).",
    ]);
    assert.equal(server.statusText, "no check");
    assert.match(
      fixture.printed[0] ?? "",
      /^\[warning\] Server web\/s2 is going DOWN for maintenance\. 1 active/,
    );
  });

  test("a back end without servers", () => {
    const fixture = new ServersFixture([{ servers: [["s1"], ["b1", { backup: true }]] }]);
    fixture.server("s1").setState("maint");
    assert.match(
      fixture.told[0]?.message ?? "",
      /0 active and 1 backup servers left\. Running on backup\. 0 sessions/,
    );
    fixture.server("b1").setState("maint");
    assert.deepEqual(lines(fixture).slice(1), [
      "1 Backup Server be/b1 is going DOWN for maintenance. 0 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
      "0 backend be has no server available!",
    ]);
    assert.equal(fixture.backend().usable, false);
    assert.equal(fixture.once(), "none");
    assert.equal(fixture.backend().counters.total("downTransitions"), 1);
  });

  test("who tracks a server goes with it", () => {
    const fixture = new ServersFixture([
      { name: "a", servers: [["s1", { check: true }]] },
      { name: "b", servers: [["t1", { track: { backend: "a", server: "s1" } }]] },
    ]);
    const server = fixture.server("a/s1");
    const follower = fixture.server("b/t1");
    server.setState("maint");
    assert.equal(follower.statusText, "MAINT (via a/s1)");
    follower.setState("maint");
    server.setState("ready");
    assert.equal(follower.statusText, "MAINT");
    follower.setState("ready");
    assert.equal(server.setHealth("check", "down"), undefined);
    assert.equal(follower.statusText, "DOWN");
    assert.equal(follower.setHealth("check", "up"), "cannot change health on a tracking server.\n");
    const told = lines(fixture).map((line) => line.replace(/\. \d active.*/, ""));
    assert.deepEqual(told, [
      "1 Server a/s1 is going DOWN for maintenance",
      "0 backend a has no server available!",
      "1 Server b/t1 is going DOWN for maintenance via a/s1",
      "0 backend b has no server available!",
      "5 Server a/s1 is UP/READY (leaving forced maintenance).",
      "5 Server b/t1 remains in forced maintenance.",
      "5 Server b/t1 is UP/READY (leaving forced maintenance).",
      "1 Server a/s1 is DOWN, changed from CLI",
      "0 backend a has no server available!",
      "1 Server b/t1 is DOWN via a/s1",
      "0 backend b has no server available!",
    ]);
  });

  test("weights by words, with HAProxy's texts", () => {
    const fixture = new ServersFixture([{ servers: [["s1", { weight: 20 }]] }]);
    const server = fixture.server("s1");
    const said = ["50%", "300%", "10", "0", "257", "x", "5x", "-1%", ""].map((word) => [
      server.setWeight(word),
      server.weight,
    ]);
    assert.deepEqual(said, [
      [undefined, 10],
      [undefined, 60],
      [undefined, 10],
      [undefined, 0],
      ["Absolute weight can only be between 0 and 256 inclusive.\n", 0],
      ["Empty weight string empty or preceded by garbage", 0],
      ["Trailing garbage in weight string", 0],
      ["Relative weight must be positive.\n", 0],
      ["Require <weight> or <weight%>.\n", 0],
    ]);
    const still = new ServersFixture([
      { balance: { algorithm: "static-rr" }, servers: [["s1", { weight: 20 }]] },
    ]);
    assert.equal(
      still.server("s1").setWeight("50%"),
      "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n",
    );
    assert.equal(still.server("s1").setWeight("0%"), undefined);
  });

  test("addresses that change, with HAProxy's texts", () => {
    const fixture = new ServersFixture([{ servers: [["s1"]] }]);
    const server = fixture.server("s1");
    const by = "stats socket command";
    assert.equal(server.setAddress("127.0.0.1", undefined, by), `no need to change the addr by '${by}'\n`);
    assert.equal(
      server.setAddress("::1", "8080", by),
      `IP changed from '127.0.0.1' to '::1', port changed from '1' to '8080' by '${by}'\n`,
    );
    assert.deepEqual(server.address, { host: "::1", port: 8080, family: 6 });
    assert.equal(server.setAddress("nowhere", undefined, by), `Invalid addr 'nowhere' by '${by}'\n`);
  });

  test("slow start: the weight grows in a server's first seconds", async () => {
    const fixture = new ServersFixture([{ servers: [["s1", { slowstartMs: 2000, weight: 100 }], ["s2"]] }]);
    const server = fixture.server("s1");
    assert.equal(server.effectiveWeight, 100);
    server.setState("maint");
    server.setState("ready");
    assert.equal(server.operational, 1);
    assert.ok(server.effectiveWeight < 100 && server.effectiveWeight > 0, String(server.effectiveWeight));
    while (server.operational === 1) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(server.effectiveWeight, 100);
    fixture.stop();
  });

  test("dynamic cookies are HAProxy's", () => {
    const fixture = new ServersFixture([
      {
        servers: [
          [
            "s1",
            {
              address: {
                kind: "inet",
                host: "10.0.0.1",
                family: 4,
                ports: { from: 80, to: 80 },
                type: "stream",
              },
            },
          ],
        ],
        section: { cookie: { name: "SRV", dynamic: true, dynamicKey: "secret" } as never },
      },
    ]);
    assert.match(fixture.server("s1").cookie ?? "", /^[0-9a-f]{16}$/);
  });
});
