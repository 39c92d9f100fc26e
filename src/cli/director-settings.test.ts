import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import { set, settings } from "./director-settings.js";

function terminal() {
  const plane = new MemoryPlane();
  const told = { out: "", err: "" };
  const io = {
    plane: () => plane,
    out: (text: string) => {
      told.out += text;
    },
    err: (text: string) => {
      told.err += text;
    },
  };
  return {
    plane,
    told,
    set: (...words: string[]) => set(words, io),
    settings: (...words: string[]) => settings(words, io),
  };
}

test("settings are set, all or none", () => {
  const { plane, set } = terminal();
  assert.equal(set("conn_reuse_mode=0", "drop_entry=3"), 0);
  assert.equal(plane.tunables().get("conn_reuse_mode"), 0);
  assert.equal(plane.tunables().get("drop_entry"), 3);
  assert.throws(() => set("conn_reuse_mode=1", "drop_entry=4"), /drop_entry takes 0 to 3, not 4/);
  assert.equal(plane.tunables().get("conn_reuse_mode"), 0);
});

test("what is wrong is said, and what was meant", () => {
  const { set, settings } = terminal();
  assert.throws(() => set("con_reuse_mode=0"), /no setting con_reuse_mode; did you mean conn_reuse_mode\?/);
  assert.throws(() => set("conn_reuse_mode"), /NAME=VALUE is expected/);
  assert.throws(() => set("conn_reuse_mode="), /a number is missing/);
  assert.throws(() => set("conn_reuse_mode=-1"), /-1 is no number/);
  assert.throws(() => set("conn_reuse_mode=1 2"), /1 2 is no number/);
  assert.throws(() => set("sync_threshold=60"), /less than sync_period, which is 50/);
  assert.throws(() => set(), /usage/);
  assert.throws(() => settings("conn_reuse_mode=1"), /only --json/);
});

test("sync_threshold takes both numbers of the kernel's file, larger and smaller ones", () => {
  const { plane, set } = terminal();
  const both = () => [plane.tunables().get("sync_threshold"), plane.tunables().get("sync_period")];
  set("sync_threshold=60 90");
  assert.deepEqual(both(), [60, 90]);
  set("sync_threshold=3,50");
  assert.deepEqual(both(), [3, 50]);
  set("sync_threshold=70", "sync_period=0");
  assert.deepEqual(both(), [70, 0]);
});

test("what has no effect is kept, and said", () => {
  const { told, set } = terminal();
  set("conntrack=1", "backup_only=1", "drop_entry=0", "sync_retries=1");
  assert.match(
    told.err,
    /^conntrack is kept, but changes nothing here: .*\nsync_retries is kept, but changes nothing here: .*\n$/,
  );
});

test("settings are listed", () => {
  const { told, set, settings } = terminal();
  set("am_droprate=20");
  settings();
  assert.match(told.out, /^\* am_droprate +20 {2}/);
  told.out = "";
  settings("--json");
  const all = JSON.parse(told.out) as Record<string, number>;
  assert.equal(all["am_droprate"], 20);
  assert.equal(all["sync_period"], 50);
  assert.equal(Object.keys(all).length, 31);
});
