import assert from "node:assert/strict";
import { test } from "node:test";
import { matchRules } from "../../../config/nginx/directives/additions.js";
import { readConfig } from "../../../config/nginx/index.js";
import { worldOf } from "../../../config/nginx/test-world.js";
import { Headers } from "../../../proxy/index.js";
import { answerTests, type CheckAnswer } from "./match.js";

const answer = (said: Partial<CheckAnswer>): CheckAnswer => ({
  status: 200,
  headers: new Headers(["content-type", "x"], ["text/html", "1"]),
  body: "Welcome to nginx!",
  variable: (name) => ({ $yes: "1", $no: "0" })[name] ?? "",
  ...said,
});

/** What it stops at, or undefined where it fits. */
function stopsAt(rules: string, said: Partial<CheckAnswer> = {}): string | undefined {
  const text = `events {} http { match m { ${rules} } }`;
  const { main, diagnostics } = readConfig("/f", { world: worldOf({ "/f": text }), prefix: "/", root: true });
  assert.deepEqual(diagnostics, []);
  const tests = answerTests(matchRules(main.all("http")[0]!.all("match")[0]!));
  return tests.find(({ fits }) => !fits(answer(said)))?.doing;
}

test("statuses, fields, bodies and variables of a match", () => {
  assert.equal(stopsAt("status 200;"), undefined);
  assert.equal(stopsAt("status 200-299 304;", { status: 304 }), undefined);
  assert.equal(stopsAt("status 200-299 304;", { status: 300 }), "checking status code");
  assert.equal(stopsAt("status ! 500-599;", { status: 503 }), "checking status code");
  assert.equal(stopsAt("status ! 500-599;", { status: 404 }), undefined);
  assert.equal(stopsAt("header Content-Type = text/html; header X; header ! Y;"), undefined);
  assert.equal(stopsAt("header Content-Type != text/html;"), "checking header");
  assert.equal(stopsAt("header content-type ~ ^text/;"), undefined);
  assert.equal(stopsAt("header Y = 1;"), "checking header");
  assert.equal(stopsAt("header Y != 1;"), undefined);
  assert.equal(stopsAt("header ! X;"), "checking header");
  assert.equal(stopsAt('body ~ "Welcome";'), undefined);
  assert.equal(stopsAt('body !~ "nginx!$";'), "checking body");
  assert.equal(stopsAt("require $yes;"), undefined);
  for (const name of ["$no", "$none", "$yes $no"])
    assert.equal(stopsAt(`require ${name};`), "checking variables");
  // All have to fit, and the first that doesn't is told.
  assert.equal(stopsAt('status 200; body ~ "error"; header ! X;'), "checking body");
});
