import assert from "node:assert/strict";
import { test } from "node:test";
import { bin, sint, str } from "../samples/value.js";
import { ScopeVariables, setIf, VariableSpace, variableName } from "./index.js";

test("variables count against their scope's room and that of scopes around it", () => {
  const session = new VariableSpace(200);
  const stream = new VariableSpace(0, session);
  const variables = new ScopeVariables(stream);
  variables.set("a", str("x".repeat(100))); // 56 bytes for itself
  assert.equal(session.used, 156);
  variables.set("b", str("y"));
  assert.equal(variables.get("b"), undefined);
  variables.set("a", str("z"));
  assert.equal(session.used, 57);
  variables.set("b", bin(Buffer.alloc(10)));
  assert.equal(session.used, 123);
  variables.unset("a");
  variables.unset("a");
  assert.equal(session.used, 66);
  assert.deepEqual(
    [...variables].map(([name]) => name),
    ["b"],
  );
  variables.clear();
  assert.equal(session.used, 0);
});

test("set-var's conditions hold as HAProxy's", () => {
  const set = (
    before: Parameters<typeof setIf>[2] | undefined,
    value: Parameters<typeof setIf>[2],
    ...conditions: Parameters<typeof setIf>[3]
  ) => {
    const variables = new ScopeVariables();
    if (before) variables.set("v", before);
    return setIf(variables, "v", value, conditions, false);
  };
  assert.equal(set(undefined, sint(1), "ifexists"), false);
  assert.equal(set(sint(0), sint(1), "ifexists"), true);
  assert.equal(set(sint(0), sint(1), "ifnotexists"), false);
  assert.equal(set(undefined, str(""), "ifempty"), true);
  assert.equal(set(undefined, sint(0), "ifempty"), false);
  assert.equal(set(undefined, sint(0), "ifnotempty"), true);
  assert.equal(set(undefined, str(""), "ifnotempty"), false);
  assert.equal(set(sint(5), sint(4), "ifgt"), true);
  assert.equal(set(sint(5), sint(5), "ifgt"), false);
  assert.equal(set(sint(5), sint(6), "iflt"), true);
  assert.equal(set(str("5"), sint(6), "ifgt"), true);
  assert.equal(set(sint(5), sint(4), "ifgt", "ifnotset"), false);
  assert.equal(setIf(new ScopeVariables(), "p", sint(1), ["ifexists"], true), true);
});

test("names have a scope", () => {
  assert.deepEqual(variableName("txn.my.name_1"), { scope: "txn", name: "my.name_1" });
  assert.equal(variableName("nothing.x"), undefined);
  assert.equal(variableName("txn."), undefined);
});
