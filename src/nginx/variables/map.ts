import { at, Mistake } from "../../config/nginx/mistake.js";
import type { MapEntry, MapModel } from "../../config/nginx/model/index.js";
import { type Compiled, compile, constant } from "../script/compile.js";
import { compileExpression, type Expression } from "./expression.js";
import { HostTable } from "./host-table.js";
import type { Registry } from "./registry.js";
import type { Subject } from "./subject.js";

interface Entries<S extends Subject> {
  readonly table: HostTable<Compiled<S>>;
  readonly expressions: { readonly expression: Expression<S>; readonly value: Compiled<S> }[];
}

/**
 * Defines the variable of a `map` (ngx_http_map_module, ngx_stream_map_module). A text is looked for among the texts and host names first, then
 * expressions are tried in their order; an empty one never is.
 * @throws Mistake with its place: `conflicting parameter "x"`, `invalid hostname or wildcard "x"`, and what texts and expressions have
 */
export function defineMap<S extends Subject>(model: MapModel, registry: Registry<S>): void {
  const source = compile(model.source, registry);
  let get: (subject: S) => string = () => "";
  at(model.source.place, () =>
    registry.define(model.variable, (subject) => get(subject), { changeable: true, kept: !model.volatile }),
  );
  const { table, expressions } = readEntries(model, registry);
  const otherwise: Compiled<S> = model.default ? compile(model.default, registry) : constant("");
  get = (subject) => {
    let text = source.value(subject);
    if (model.hostnames && text.endsWith(".")) text = text.slice(0, -1);
    const found = table.find(text);
    if (found) return found.value(subject);
    if (text !== "")
      for (const { expression, value } of expressions)
        if (expression.match(subject, text)) return value.value(subject);
    return otherwise.value(subject);
  };
}

function readEntries<S extends Subject>(model: MapModel, registry: Registry<S>): Entries<S> {
  const entries: Entries<S> = { table: new HostTable(), expressions: [] };
  for (const entry of model.entries) {
    const value = compile(entry.value, registry);
    if (entry.kind === "regex")
      entries.expressions.push({ expression: compileExpression(entry.key, entry, registry), value });
    else at(entry.place, () => addText(entries.table, model.hostnames, entry, value));
  }
  return entries;
}

function addText<S extends Subject>(
  table: HostTable<Compiled<S>>,
  hostnames: boolean,
  { key }: MapEntry,
  value: Compiled<S>,
): void {
  const result = hostnames ? table.add(key, value) : table.addExact(key, value) ? "added" : "conflict";
  if (result === "invalid") throw new Mistake(`invalid hostname or wildcard "${key}"`);
  if (result === "conflict") throw new Mistake(`conflicting parameter "${key}"`);
}
