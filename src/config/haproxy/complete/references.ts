import { Mistake } from "../grammar/mistake.js";
import type { Argument } from "../model/expression.js";
import { placeText } from "../model/place.js";
import type { ProxyDraft } from "../read/proxy-draft.js";
import type { Reading, Reference } from "../read/reading.js";
import { checkRegex } from "../values/regex.js";

/** Looks up what a proxy's expressions name: front ends, back ends, servers, tables, userlists (sample.c, smp_resolve_args). */
export function checkReferences(reading: Reading, draft: ProxyDraft): void {
  const wrong = reading.references
    .filter((reference) => reference.proxy === draft)
    .map((reference) => ({ reference, message: problem(reading, reference) }))
    .filter((one): one is { reference: Reference; message: string } => one.message !== undefined);
  // HAProxy prints those of one proxy together.
  const printed = wrong.map(
    ({ reference: { place }, message }) => `parsing [${placeText(place)}]: ${message}`,
  );
  wrong.forEach(({ reference, message }, index) => {
    reading.fatal++;
    reading.add("error", reference.place, message, {
      code: "unknown-reference",
      printed:
        index > 0
          ? ""
          : wrong.length > 1
            ? `multiple argument resolution errors:${printed.map((line) => `\n        ${line}`).join("")}`
            : printed[0]!,
    });
  });
}

function problem(reading: Reading, reference: Reference): string | undefined {
  const { argument, written, index, fetch, converter, context, noun, proxy } = reference;
  const name = proxy?.name ?? "";
  const converterWords = converter === undefined ? "" : `conversion keyword '${converter}' for `;
  const where = `in arg ${index + 1} of ${converterWords}${noun} '${fetch}' ${context} proxy '${name}'`;
  switch (argument.kind) {
    case "frontend":
    case "backend": {
      const side = argument.kind;
      const all = reading.proxies.filter((one) => one.name === argument.name);
      if (written !== "" || all.length > 0) {
        if (!all.some((one) => one[side])) {
          if (written === "" && all.length > 0)
            return `proxy '${argument.name}', referenced ${where}, has not ${side} capability.`;
          return `unable to find ${side} '${argument.name}' referenced ${where}.`;
        }
      }
      return undefined;
    }
    case "table":
      if (written === "" && proxy?.kind === "defaults") return `table name must be set ${where}.`;
      return reading.tableNamed(argument.name)
        ? undefined
        : `unable to find table '${argument.name}' referenced ${where}.`;
    case "userlist":
      if (written === "") return `missing userlist name ${where}.`;
      return reading.userlists.some((one) => one.name === argument.name)
        ? undefined
        : `unable to find userlist '${argument.name}' referenced ${where}.`;
    case "server":
      return serverProblem(reading, reference, argument, where);
    case "regex":
      if (written === "") return `missing regex ${where}.`;
      try {
        checkRegex(argument.pattern, argument.ignoreCase);
        return undefined;
      } catch (error) {
        if (!(error instanceof Mistake)) throw error;
        return `error in regex '${argument.pattern}' ${where} : ${error.message}.`;
      }
    default:
      return undefined;
  }
}

function serverProblem(
  reading: Reading,
  { proxy, written }: Reference,
  argument: Extract<Argument, { kind: "server" }>,
  where: string,
): string | undefined {
  if (written === "") return `missing server name ${where}.`;
  const backend = argument.backend;
  if (backend === undefined && proxy?.kind === "defaults") return `backend name must be set ${where}.`;
  const found =
    backend === undefined ? proxy : reading.proxies.find((one) => one.name === backend && one.backend);
  if (!found) return `unable to find proxy '${backend}' referenced ${where}.`;
  if (found.servers.some((server) => server.name === argument.name)) return undefined;
  return `unable to find server '${argument.name}' in proxy '${found.name}', referenced ${where}.`;
}
