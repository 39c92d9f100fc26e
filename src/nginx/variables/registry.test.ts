import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../script/compile.js";
import { Registry } from "./registry.js";
import type { Subject } from "./subject.js";

interface Request extends Subject {
  readonly path: string;
}
const place = { file: "nginx.conf", line: 3, column: 7 };
const request = (path = "/"): Request => ({ known: [], captured: undefined, path });
const template = (text: string) => ({ text, place });

function withHost(events = {}): Registry<Request> {
  const registry = new Registry<Request>(events);
  registry.define("host", () => "a.example");
  registry.define("uri", (subject) => subject.path, { kept: false });
  registry.definePrefix("http_", (rest) => (rest === "none" ? () => undefined : () => `<${rest}>`));
  registry.definePrefix("http_x_", (rest) => () => `(${rest})`);
  return registry;
}

test("variables have no case, and the longest prefix counts", () => {
  const registry = withHost();
  const text = compile(template("${HOST}$Http_User_Agent $http_X_Of|$http_none|"), registry);
  assert.deepEqual(registry.seal(), []);
  assert.equal(text.value(request()), "a.example<user_agent> (of)||");
  assert.equal(registry.size, 4);
});

test("a value is kept, unless it may change", () => {
  const registry = new Registry<Request>();
  let asked = 0;
  registry.define("once", () => String(++asked));
  registry.define("none", () => void asked++ as undefined);
  registry.define("each", () => String(++asked), { kept: false });
  const text = compile(template("$once$once$none$none$each$each"), registry);
  registry.seal();
  assert.equal(text.value(request()), "1134");
});

test("what is used and never defined is told with its place, in the order of use", () => {
  const registry = withHost();
  compile(template("$hots $nope $host $later"), registry);
  registry.define("later", () => "", { changeable: true });
  assert.deepEqual(registry.seal(), [
    { place, code: "unknown-variable", message: 'unknown "hots" variable', meant: "$host" },
    { place, code: "unknown-variable", message: 'unknown "nope" variable' },
  ]);
});

test("what isn't changeable is defined once", () => {
  const registry = withHost();
  const duplicate = { message: 'the duplicate "Host" variable' };
  assert.throws(() => registry.define("Host", () => "", { changeable: true }), duplicate);
  assert.throws(() => registry.defineBySet("Host"), duplicate);
  assert.throws(() => registry.defineByCapture("Host"), duplicate);
  assert.throws(() => registry.defineBySet(""), { message: 'invalid variable name "$"' });
});

test("of maps that define the same variable the later one counts, and `set` comes before both", () => {
  const registry = withHost();
  registry.define("pool", () => "first", { changeable: true });
  const assign = registry.defineBySet("pool");
  registry.define("pool", () => "second", { changeable: true, kept: false });
  const text = compile(template("$pool"), registry);
  registry.seal();
  const subject = request();
  assert.equal(text.value(subject), "second");
  assign(subject, "third");
  assert.equal(text.value(subject), "third");
});

test("`set` may make a variable with a prefix's name: until it runs the prefix gives its value", () => {
  const told: string[] = [];
  const registry = withHost({ uninitialized: (_: Request, name: string) => told.push(name) });
  const assign = registry.defineBySet("http_own");
  registry.defineBySet("Mine");
  const text = compile(template("$http_own$mine$mine"), registry);
  registry.seal();
  const subject = request();
  assert.equal(text.value(subject), "<own>");
  assert.deepEqual(told, ["mine"]);
  assert.equal(compile(template("$mine"), registry).value(subject), "");
  assert.deepEqual(told, ["mine"]);
  const other = request();
  assign(other, "set");
  assert.equal(text.value(other), "set");
});

test("a module's variable may say what `set` does", () => {
  const registry = new Registry<Request & { args?: string }>();
  registry.define("args", (subject) => subject.args, {
    kept: false,
    changeable: true,
    set: (subject, value) => {
      subject.args = value;
    },
  });
  const assign = registry.defineBySet("args");
  const text = compile(template("$args"), registry);
  registry.seal();
  const subject = request();
  assign(subject, "a=1");
  assert.equal(text.value(subject), "a=1");
});

test("variables that need each other have no value, and that is told", () => {
  const told: string[] = [];
  const registry = withHost({ cycle: (_: Request, name: string) => told.push(name) });
  const host = compile(template("$host"), registry);
  const one = compile(template("-$two"), registry);
  const two = compile(template("+$one"), registry);
  registry.define("one", one.value, { changeable: true });
  registry.define("two", two.value, { changeable: true });
  registry.seal();
  assert.equal(one.value(request()).length, 101);
  assert.deepEqual(told, ["two"]);
  assert.equal(host.value(request()), "a.example");
});
