import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { converterNames, fetchNames } from "../../config/haproxy/index.js";
import { logVariables as knownVariables } from "../../config/haproxy/samples/log-variables.js";
import { packageRoot } from "../../package-root.js";
import { logVariables } from "../log/variables.js";
import { converters, fetches } from "./index.js";

/** What the manual says is absent, in its list of names. */
const manual = readFileSync(`${packageRoot}docs/manual/haproxy-samples.md`, "utf8");
const absent = new Set(
  [...(/## Absent\n([\s\S]*?)(?:\n## |$)/.exec(manual)?.[1] ?? "").matchAll(/`([A-Za-z0-9_.+*]+)`/g)].map(
    ([, name]) => name as string,
  ),
);
const isAbsent = (name: string) =>
  [...absent].some((each) => each === name || (each.endsWith("*") && name.startsWith(each.slice(0, -1))));
const namesOf = (known: { keys?(): Iterable<string> } & Iterable<unknown>): string[] =>
  known.keys ? [...known.keys()] : ([...known] as { name: string }[]).map(({ name }) => name);

test("each fetch, converter and log variable that a configuration may name has a function, or the manual says that it is absent", () => {
  const without = (known: string[], made: object) =>
    known.filter((name) => !(name in made) && !isAbsent(name));
  assert.deepEqual(without(namesOf(fetchNames as never), fetches), []);
  assert.deepEqual(without(namesOf(converterNames as never), converters), []);
  assert.deepEqual(
    without(
      [...knownVariables.keys()].filter((name) => name !== "o"),
      logVariables,
    ),
    [],
  );
  assert.deepEqual(
    [...absent].filter((name) => name in fetches || name in converters),
    [],
  );
});
