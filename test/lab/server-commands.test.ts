import assert from "node:assert/strict";
import { test } from "node:test";
import { type DirectorPlace, directorPlace, segment, serverAddress, vip } from "./director-place.js";
import { start as startInside } from "./running.js";

/** A command of ours in the director's namespace. */
const start = (place: DirectorPlace, words: string) =>
  startInside(place.t, (work) => place.inside(work), words.split(" "));

/** Two servers of weight 5, and so many established connections on each. */
function busy(place: DirectorPlace, connections: number): void {
  place.addService(80, "wlc");
  for (const number of [0, 1]) place.addServer(number, { weight: 5 });
  for (let i = 0; i < 2 * connections; i++) {
    place.run("xdp", segment({ source: 40000 + i, syn: true }));
    place.run("xdp", segment({ source: 40000 + i, ack: true }));
  }
  assert.deepEqual([place.counts(0).active, place.counts(1).active], [connections, connections]);
}

test("a drain is interrupted, killed, undone, and done at its deadline", async (t) => {
  const place = directorPlace(t);
  if (!place) return;
  busy(place, 3);
  const server = serverAddress(0);
  const weight = () => place.server(0).weight;

  const interrupted = start(place, `drain ${server}`);
  await interrupted.until(/weight 5 → 0, 3 active/);
  assert.equal(weight(), 0);
  interrupted.child.kill("SIGINT");
  const { status, said } = await interrupted.end();
  assert.equal(status, 130);
  assert.match(said, /weight 0 → 5 again\n$/);
  assert.equal(weight(), 5);

  const killed = start(place, `drain ${server}`);
  await killed.until(/weight 5 → 0/);
  killed.child.kill("SIGKILL");
  await killed.end();
  assert.equal(weight(), 0);
  assert.equal((await start(place, `drain ${server} --undo`).end()).status, 0);
  assert.equal(weight(), 5);

  const done = await start(place, `drain ${server} -t ${vip}:80 --deadline 1s`).end();
  assert.equal(done.status, 0);
  assert.match(done.said, /deadline after 1s, deleted, 3 connections cut\n$/);
  assert.equal(place.hasServer(0), false);
  assert.equal(place.entries().length, 3);
  assert.equal(place.counts(1).active, 3);
});

test("connections are flushed, shares shown, marks saved and restored, a server starts slowly", async (t) => {
  const place = directorPlace(t);
  if (!place) return;
  busy(place, 2);
  const done = async (words: string) => {
    const { status, said } = await start(place, words).end();
    assert.equal(status, 0, said);
    return said;
  };
  assert.match(
    await done("balance"),
    new RegExp(`${serverAddress(0)}:80 +5 +50.0% +2 +50.0% +4 +50.0% +2\n`),
  );
  assert.match(
    await done(`ipvsadm -Lcn -t ${vip}:80 -r ${serverAddress(1)}`),
    /^IPVS.*\n.*\n(TCP.*:80\n){2}$/,
  );
  assert.equal(await done(`flush --server ${serverAddress(0)}`), "2 connections ended\n");
  assert.deepEqual([place.counts(0).active, place.counts(1).active], [0, 2]);
  await done("mark add 7 -p tcp --to 192.0.2.1 --port 80,443");
  assert.equal((await done("mark save")).split("\n").length, 3);
  place.editServer(0, { weight: 0 });
  await done(`slow-start ${serverAddress(0)} --weight 50 --over 1`);
  assert.equal(place.server(0).weight, 50);
});
