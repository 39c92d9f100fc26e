import { at, Mistake } from "../../config/nginx/mistake.js";
import type { SplitClientsModel } from "../../config/nginx/model/index.js";
import { compile } from "../script/compile.js";
import { murmur2 } from "./murmur2.js";
import type { Registry } from "./registry.js";
import type { Subject } from "./subject.js";

/** A value of those whose hash is below a bound; of the last part ("*") there is none. */
interface Part {
  readonly below: number;
  readonly value: string;
}

const whole = 10_000;

/**
 * Defines the variable of `split_clients` (ngx_http_split_clients_module): a text's hash falls into one part of 2^32 values.
 * @throws Mistake `percent total is greater than 100%`, and what texts have
 */
export function defineSplitClients<S extends Subject>(model: SplitClientsModel, registry: Registry<S>): void {
  const source = compile(model.source, registry);
  const parts = at(model.source.place, () => divide(model));
  const get = (subject: S) => {
    const hash = murmur2(source.value(subject));
    for (const { below, value } of parts) if (hash < below) return value;
    return "";
  };
  at(model.source.place, () => registry.define(model.variable, get, { changeable: true }));
}

function divide(model: SplitClientsModel): Part[] {
  let sum = 0;
  let below = 0;
  return model.parts.map(({ share, value }) => {
    sum = share === undefined ? whole : sum + share;
    if (sum > whole) throw new Mistake("percent total is greater than 100%");
    if (share === undefined) return { below: Number.POSITIVE_INFINITY, value };
    below += Math.floor((share * 0xffffffff) / whole);
    return { below, value };
  });
}
