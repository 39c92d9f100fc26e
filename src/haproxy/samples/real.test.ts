import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageRoot } from "../../package-root.js";
import { escapeHttp } from "../log/escape.js";
import { PatternStore } from "../patterns/index.js";
import type { ExpressionCompiler, SampleContext } from "../run/index.js";
import { later } from "../run/index.js";
import { textOf } from "./cast.js";
import { createCompiler } from "./index.js";
import { processOf, requestContext, streamOf } from "./testing/context.js";
import { readExpression } from "./testing/expression.js";
import { sint, str } from "./value.js";

const folder = `${packageRoot}test/fixtures/haproxy/samples`;

/** A request, and expressions with what HAProxy 2.6.12 made of them (null: nothing), printed by lf-string. */
const { request, results } = JSON.parse(
  readFileSync(`${folder}/real.json`, "utf8").replaceAll("MAPS/", `${folder}/`),
) as { request: string; results: [string, string | null][] };

function setUp(): { compiler: ExpressionCompiler; context: SampleContext } {
  const server = {
    name: "s1",
    sessions: { value: 0 },
    queued: 0,
    maxconn: 5,
    section: { maxqueue: 0 },
    operational: 2,
    administrative: 0,
    effectiveWeight: 10,
  };
  const back = { sessions: { value: 0 }, queued: 0, active: 1, backups: 0, servers: [server] };
  const process_ = processOf({ backend: (name: string) => (name === "be" ? { name, back } : undefined) });
  const context = requestContext(request.replace("Connection: close\r\n", "")); // it is taken out when a request is read
  streamOf(context).variables.req.set("v1", str("value1"));
  streamOf(context).variables.req.set("n1", sint(3));
  streamOf(context).requestCaptures[0] = "@";
  return { compiler: createCompiler(() => process_, new PatternStore()), context };
}

/**
 * What depends on where and when it ran, or on the request's number; and jwt_header_query without a path, which gives nothing there against its
 * own documentation.
 */
const skipped =
  /^(?:unique-id|thread|capture\.req\.hdr\(0\)|env\(SMP_TEST\)|fe_id|.*jwt_(?:header|payload)_query)$/;

test("expressions give what HAProxy gives", () => {
  const { compiler, context } = setUp();
  const wrong: string[] = [];
  for (const [text, expected] of results) {
    if (skipped.test(text)) continue;
    const expression = readExpression(text);
    // Whether there was anything an ACL said ("-m found"), which looks at every value.
    const found = (compiler.every(expression)(context) ?? []).length > 0;
    const sample = found ? compiler.expression(expression)(context) : undefined;
    const made = sample === undefined || sample === later ? null : escapeHttp(textOf(sample), false);
    const number = text.startsWith("req.hdrs"); // holds the request's number, of one to three digits
    if (made !== expected && !number)
      wrong.push(`${text}\n  real ${JSON.stringify(expected)}\n  ours ${JSON.stringify(made)}`);
  }
  assert.deepEqual(wrong, []);
});
