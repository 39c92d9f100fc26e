import assert from "node:assert/strict";
import { test } from "node:test";
import { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { type BoundSockets, bindAll } from "../../haproxy/assemble/sockets.js";
import { listenerPlan } from "../../haproxy/assemble/testing/listener-plan.js";
import { close, isOpen, listeningSocket } from "../../sys/index.js";
import { HeldSockets } from "./held-sockets.js";
import { Messages } from "./messages.js";

const linux = { skip: process.platform === "linux" ? false : "needs Linux" };
const options = {
  reusePort: true,
  unix: { mode: undefined, uid: undefined, gid: undefined },
  warn: (text: string) => assert.fail(text),
};
const named = (name: string, index: number) =>
  listenerPlan({ kind: "abstract", path: `rondo-held-${process.pid}-${name}`, type: "stream" }, index);

function bound(plans: readonly ReturnType<typeof named>[]): BoundSockets {
  const done: BoundSockets = new Map();
  assert.deepEqual(bindAll(plans, new OfferedSockets(), options, done), []);
  return done;
}

test(
  "another configuration takes over what it wants, and what was held stays until it is closed",
  linux,
  () => {
    const held = new HeldSockets([named("a", 0), named("b", 1)], bound([named("a", 0), named("b", 1)]));
    const next = held.rebind([named("b", 0), named("c", 1)], options, new Messages([], () => {}))!;
    const all = [...held.own, ...next.own];
    assert.equal(new Set(all).size, 4);
    for (const fd of all) assert.equal(listeningSocket(fd).listens, true);
    held.closeListener(1);
    assert.deepEqual([held.own.length, isOpen(all[1]!)], [1, false]);
    held.close();
    assert.deepEqual([held.own, isOpen(all[0]!), next.own.every(isOpen)], [[], false, true]);
    next.close();
    assert.equal(next.own.some(isOpen), false);
  },
);

test("where one can't be bound nothing is changed, and it is said", linux, () => {
  const held = new HeldSockets([named("a", 0)], bound([named("a", 0)]));
  const other = bound([named("d", 0)]);
  let said = "";
  const messages = new Messages([], (text) => {
    said += text;
  });
  assert.equal(held.rebind([named("a", 0), named("d", 1)], options, messages), undefined);
  assert.match(
    said,
    /Address already in use[\s\S]*Some protocols failed to start their listeners! Exiting\./,
  );
  assert.equal(held.own.every(isOpen), true);
  held.close();
  close(other.get(0)!);
});

test("inherited descriptors are never closed", linux, () => {
  const [fd] = bound([named("e", 0)]).values() as Iterable<number>;
  const held = new HeldSockets([listenerPlan({ kind: "fd", fd: fd! })], new Map([[0, fd!]]));
  assert.deepEqual(held.own, []);
  held.closeListener(0);
  held.close();
  assert.equal(isOpen(fd!), true);
  close(fd!);
});
