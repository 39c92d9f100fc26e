import type { Directive } from "../../grammar/directive.js";
import { within } from "../../grammar/mistake.js";
import { placeText } from "../../model/place.js";
import type { Resolvers } from "../../model/sections.js";
import { parseAddress } from "../../values/address.js";
import { leadingNumber } from "../../values/numbers.js";
import type { Mutable } from "../proxy-draft.js";
import { wrongCharacter } from "../readers.js";
import { newSection, timeAt, unknownIn } from "../sections.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginResolvers(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = newSection(directive, reading.resolvers, {
    missing: "missing name for resolvers section.",
    same: (other) =>
      `resolvers '${directive.at(1)}' has same name as another resolvers (declared at ${placeText(other.place)}).`,
  });
  const nameservers: Resolvers["nameservers"][number][] = [];
  const section: Mutable<Omit<Resolvers, "holdMs">> & { holdMs: Mutable<Resolvers["holdMs"]> } = {
    name,
    nameservers,
    parseResolvConf: false,
    acceptedPayloadSize: 512,
    resolveRetries: 3,
    holdMs: { nx: 30_000, obsolete: 0, other: 30_000, refused: 30_000, timeout: 30_000, valid: 10_000 },
    timeoutResolveMs: 1000,
    timeoutRetryMs: 1000,
    place: directive.place(1),
  };
  reading.resolvers.push(section);
  return { take: (line) => resolversLine(line, section, nameservers) };
}

function resolversLine(
  line: Directive,
  section: Mutable<Omit<Resolvers, "holdMs">> & { holdMs: Mutable<Resolvers["holdMs"]> },
  nameservers: Resolvers["nameservers"][number][],
): void {
  const [word, first, second] = [line.at(0), line.at(1), line.at(2)];
  switch (word) {
    case "nameserver": {
      if (second === "") missing(line, `'${word}' expects <name> and <addr>[:<port>] as arguments.`);
      const wrong = wrongCharacter(first);
      if (wrong)
        line.fail(`character '${wrong}' is not permitted in server name '${first}'.`, {
          word: 1,
          code: "invalid-name",
        });
      const same = nameservers.find((one) => one.name === first);
      if (same)
        line.alert(
          `nameserver '${first}' has same name as another nameserver (declared at ${placeText(same.place)}).`,
          { word: 1, close: true, code: "same-name" },
        );
      const address = within(
        (message) => `'${word} ${first}' : ${message}`,
        () =>
          parseAddress(
            second,
            { port: "needed", datagram: true, stream: true, defaultDatagram: true, names: true },
            line.reading.environment,
          ),
        { column: line.column(2) },
      );
      nameservers.push({ name: first, address, place: line.place(1) });
      return;
    }
    case "parse-resolv-conf":
      section.parseResolvConf = true;
      return;
    case "hold": {
      if (second === "") missing(line, `'${word}' expects an <event> and a <time> as arguments.`);
      const time = timeAt(line, 2);
      if (!Object.hasOwn(section.holdMs, first))
        line.fail(
          `'${word}' unknown <event>: '${first}', expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.`,
          { word: 1, code: "unknown-keyword" },
        );
      section.holdMs[first as keyof Resolvers["holdMs"]] = time;
      return;
    }
    case "accepted_payload_size": {
      if (first === "") missing(line, `'${word}' expects <nb> as argument.`);
      const size = leadingNumber(first);
      if (size < 12 || size > 65535)
        line.fail(`'${word}' must be between 12 and 65535 inclusive (was ${first}).`, {
          word: 1,
          code: "invalid-value",
        });
      section.acceptedPayloadSize = size;
      return;
    }
    case "resolve_retries":
      if (first === "") missing(line, `'${word}' expects <nb> as argument.`);
      section.resolveRetries = leadingNumber(first);
      return;
    case "timeout":
      if (first === "") missing(line, `'${word}' expects 'retry' or 'resolve' and <time> as arguments.`);
      if (first !== "retry" && first !== "resolve")
        line.fail(`'${word}' expects 'retry' or 'resolve' and <time> as arguments got '${first}'.`, {
          word: 1,
          code: "unknown-keyword",
        });
      section[first === "retry" ? "timeoutRetryMs" : "timeoutResolveMs"] = timeAt(line, 2);
      return;
    case "resolution_pool_size":
      line.fail(`'${word}' directive is not supported anymore (it never appeared in a stable release).`, {
        code: "obsolete",
      });
      return;
    default:
      unknownIn(line, "resolvers");
  }
}
