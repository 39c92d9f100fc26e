import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { ask, until } from "./haproxy-running.js";
import { isThere, NginxPlace } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

test(
  "USR2: what is installed now runs beside the old master, and takes over or gives back",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    const path = place.path("unix.sock");
    const listen = `listen unix:${path}; location / { return 200 "one $pid"; }`;
    place.configure(listen);
    assert.equal(place.run().status, 0);
    const pidIn = (file: string) => Number(place.read(file)) || undefined;
    const old = pidIn("nginx.pid")!;
    t.after(() => isThere(old) && process.kill(old, "SIGKILL"));

    // One that can't start is told, and the old one has its file again.
    place.configure("broken");
    process.kill(old, "SIGUSR2");
    await place.logged(/new binary process \d+ exited with code 1\n/);
    await until(
      "the old name",
      () => pidIn("nginx.pid") === old && !existsSync(place.path("nginx.pid.oldbin")),
    );

    place.configure(`${listen} location /new { return 200 "new $pid"; }`);
    process.kill(old, "SIGUSR2");
    const next = await until("a new master", () =>
      pidIn("nginx.pid") === old ? undefined : pidIn("nginx.pid"),
    );
    t.after(() => isThere(next) && process.kill(next, "SIGKILL"));
    assert.equal(pidIn("nginx.pid.oldbin"), old);
    await until("an answer of its worker", async () => /new \d+$/.test(await ask(place.port, "/new")));
    process.kill(next, "SIGUSR2");
    await place.logged(/\[crit\] .*the changing binary signal is ignored/);
    const ofOld = place.workers[0]!;
    process.kill(old, "SIGWINCH");
    await until("the end of the old worker", () => !isThere(ofOld));
    for (let count = 0; count < 5; count++) assert.match(await ask(place.port, "/new"), /new \d+$/);

    // Back: the old one serves again by what it had read, then it goes.
    process.kill(old, "SIGHUP");
    await until("an answer of the old one", async () => /one \d+$/.test(await ask(place.port, "/new")));
    process.kill(old, "SIGQUIT");
    await until("the end of the old master", () => !isThere(old));
    assert.ok(!existsSync(place.path("nginx.pid.oldbin")));
    assert.ok(existsSync(path), "the new one listens there");
    assert.match(await ask(place.port, "/new"), /new \d+$/);
    assert.equal(place.run("-s", "stop").status, 0);
    await until("the end of the new master", () => !isThere(next));
    assert.ok(!existsSync(path));
  },
);
