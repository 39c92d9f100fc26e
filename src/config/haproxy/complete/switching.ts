import { suggestion } from "../../../nearest.js";
import type { LogFormat } from "../model/expression.js";
import { type Place, placeText } from "../model/place.js";
import type { UseBackend, UseServer } from "../model/rule.js";
import { type ProxyDraft, typeOf, type WrittenBackend } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { ruleFormat } from "./formats.js";
import { warnOfRawBytes } from "./rules.js";

/** Where a proxy's requests go: what default_backend, use_backend and use-server name is looked up. */
export function checkDefaultBackend(reading: Reading, draft: ProxyDraft): void {
  const name = draft.defaultBackend;
  if (name === undefined) return;
  const target = reading.proxies.find((one) => one.name === name && one.backend);
  const place = draft.defaultBackendPlace ?? draft.place;
  if (!target)
    reading.failWith(
      place,
      `Proxy '${draft.name}': unable to find required default_backend: '${name}'.`,
      "unknown-backend",
      reading.nearBackend(name),
    );
  else if (target === draft)
    reading.failWith(
      place,
      `Proxy '${draft.name}': loop detected for default_backend: '${name}'.`,
      "backend-loop",
    );
  else if (!fits(draft, target)) tellUnfit(reading, draft, target, place, "as its default backend");
  else if (draft.servers.length > 0)
    reading.add(
      "warning",
      draft.place,
      `In proxy '${draft.name}', the 'default_backend' rule always has precedence over the servers, which will never be used.`,
      { code: "unused-servers" },
    );
}

/** Undefined: its name is a format that is wrong, and was said. */
export function completeUseBackend(
  reading: Reading,
  draft: ProxyDraft,
  written: WrittenBackend,
): UseBackend | undefined {
  const failure = `failed to parse use_backend rule '${written.name}'`;
  const rule = ruleOf(reading, draft, written, failure, "in use_backend expression in");
  if (!rule) return undefined;
  const { base, name } = rule;
  if (typeof name !== "string") return { ...base, backend: name };
  const target = reading.proxies.find((one) => one.name === name && one.backend);
  if (!target)
    reading.failWith(
      written.place,
      `Proxy '${draft.name}': unable to find required use_backend: '${name}'.`,
      "unknown-backend",
      reading.nearBackend(name),
    );
  else if (target === draft)
    reading.failWith(
      written.place,
      `Proxy '${draft.name}': loop detected for use_backend: '${name}'.`,
      "backend-loop",
    );
  else if (!fits(draft, target)) tellUnfit(reading, draft, target, written.place, "in a 'use_backend' rule");
  warnOfRawBytes(reading, draft, written.raw, written.place);
  return { ...base, backend: name };
}

/** Undefined: its name is a format that is wrong, and was said. */
export function completeUseServer(
  reading: Reading,
  draft: ProxyDraft,
  written: WrittenBackend,
): UseServer | undefined {
  const failure = `use-server rule failed to parse log-format '${written.name}'`;
  const rule = ruleOf(reading, draft, written, failure, "in use-server or balance expression in");
  if (!rule) return undefined;
  const { base, name } = rule;
  if (typeof name !== "string") return { ...base, server: name };
  warnOfRawBytes(reading, draft, written.raw, written.place);
  if (!draft.servers.some((one) => one.name === name))
    reading.failWith(
      written.place,
      `${typeOf(draft)} '${draft.name}' : unable to find server '${name}' referenced in a 'use-server' rule.`,
      "unknown-server",
      suggestion(
        name,
        draft.servers.map((one) => one.name),
      ),
    );
  return { ...base, server: name };
}

/** What both kinds of rule have, and the name that they give: a text, or a format where it differs from request to request. */
function ruleOf(
  reading: Reading,
  draft: ProxyDraft,
  written: WrittenBackend,
  failure: string,
  where: string,
): { base: Pick<UseBackend, "condition" | "place" | "text">; name: string | LogFormat } | undefined {
  const format = ruleFormat(reading, draft, written, failure, where);
  if (!format) return undefined;
  const { condition, place, text } = written;
  return { base: { condition, place, text }, name: plainText(format) ?? format };
}

const fits = ({ mode }: ProxyDraft, target: ProxyDraft): boolean =>
  target.mode === mode || (mode === "tcp" && target.mode === "http");

function tellUnfit(reading: Reading, draft: ProxyDraft, target: ProxyDraft, place: Place, how: string): void {
  reading.failWith(
    place,
    `${draft.mode} ${typeOf(draft)} '${draft.name}' (${placeText(draft.place)}) tries to use incompatible ${target.mode} ${typeOf(target)} '${target.name}' (${placeText(target.place)}) ${how} (see 'mode').`,
    "incompatible-mode",
    "Give both sections the same mode.",
  );
}

/** The text of a format that is nothing but text. */
function plainText(format: LogFormat): string | undefined {
  const [first, second] = format.nodes;
  if (first === undefined) return "";
  return second === undefined && first.kind === "text" ? first.text : undefined;
}
