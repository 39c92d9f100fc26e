import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "./peer.js";
import { Resync, resyncMs } from "./resync.js";

const place = { file: "f", line: 1, column: 1 };
const peer = (isLocal: boolean) =>
  new Peer({ name: "a", address: undefined, server: undefined, place }, isLocal, []);

test("the old process teaches first, then nobody need teach", () => {
  const resync = new Resync(true, 0);
  const old = peer(true);
  assert.deepEqual([resync.wantsLocal, resync.wantsRemote, resync.upToDate], [true, false, false]);
  resync.assign(old);
  assert.deepEqual([old.learning, resync.wantsLocal], [true, false]);
  resync.learned(old, true, 10);
  assert.equal(resync.upToDate, true);
  assert.equal(resync.flags, 0x103);
});

test("who doesn't come is waited for no longer than his time: the old process, then a peer", () => {
  const resync = new Resync(true, 0);
  resync.giveUpLocal(resyncMs - 1);
  assert.equal(resync.wantsLocal, true);
  resync.giveUpLocal(resyncMs);
  assert.deepEqual([resync.wantsLocal, resync.wantsRemote], [false, true]);
  resync.giveUpRemote(2 * resyncMs - 1);
  assert.equal(resync.upToDate, false);
  resync.giveUpRemote(2 * resyncMs);
  assert.equal(resync.upToDate, true);
  assert.equal(resync.flags, 0x33);
});

test("a lesson that breaks off, or comes from one who doesn't know all, is asked for again", () => {
  const resync = new Resync(false, 0);
  const other = peer(false);
  assert.equal(resync.wantsRemote, true);
  resync.assign(other);
  assert.equal(resync.wantsRemote, false);
  resync.giveUpRemote(100 * resyncMs);
  assert.equal(resync.upToDate, false, "not while it is given");
  resync.aborted(other, 100);
  assert.deepEqual([other.learning, resync.wantsRemote, resync.until], [false, true, 100 + resyncMs]);
  resync.assign(other);
  resync.learned(other, false, 200);
  assert.deepEqual([resync.wantsRemote, resync.upToDate, resync.until], [true, false, 200 + resyncMs]);
});
