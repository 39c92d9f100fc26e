import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import type { SourceAddress } from "../model/server.js";
import { parseAddress } from "../values/address.js";
import type { Mutable } from "./proxy-draft.js";

/** `source ADDRESS[:PORT[-PORT]] [usesrc …] [interface …]` from a word of a line on; says how many words it has. */
export function sourceWords(
  directive: Directive,
  index: number,
): { readonly source: SourceAddress; readonly words: number } {
  const { environment } = directive.reading;
  const ofServer = index > 0;
  const address = directive.at(index + 1);
  if (address === "")
    directive.fail(
      ofServer
        ? "'source' expects <addr>[:<port>[-<port>]], and optionally 'usesrc' <addr>, and 'interface' <name> as argument."
        : "'source' expects <addr>[:<port>], and optionally 'usesrc' <addr>, and 'interface' <name>.",
      { word: index, code: "missing-argument" },
    );
  const parse = (at: number) =>
    within(
      (message) => `'${directive.at(at - 1)} ${directive.at(at)}' : ${message}`,
      () =>
        parseAddress(
          directive.at(at),
          { port: "optional", range: ofServer, stream: true, names: true },
          environment,
        ),
      { column: directive.column(at) },
    );
  const source: Mutable<SourceAddress> = {
    address: parse(index + 1),
    useSource: undefined,
    interface: undefined,
  };
  let at = index + 2;
  for (;;) {
    const word = directive.at(at);
    const value = directive.at(at + 1);
    if (word === "usesrc") {
      if (value === "")
        directive.fail(
          `'usesrc' expects <addr>[:<port>], 'client', 'clientip', or 'hdr_ip(name,#)' as argument.`,
          { word: at, code: "missing-argument" },
        );
      const header = /^hdr_ip\(\s*([^\s,)]+)\s*(?:,\s*(-?\d+))?/.exec(value);
      if (value === "client" || value === "clientip") source.useSource = { kind: value };
      else if (header)
        source.useSource = { kind: "header", name: header[1]!, occurrence: Number(header[2] ?? -1) };
      else {
        parse(at + 1);
        source.useSource = { kind: "address", address: value };
      }
    } else if (word === "interface") {
      if (value === "")
        directive.fail(`'${directive.at(0)}' : missing interface name.`, {
          word: at,
          code: "missing-argument",
        });
      source.interface = value;
    } else break;
    at += 2;
  }
  if (!ofServer && directive.at(at) !== "")
    directive.fail("'source' only supports optional keywords 'interface' and 'usesrc'.", {
      word: at,
      code: "unknown-keyword",
    });
  return { source, words: at - index };
}
