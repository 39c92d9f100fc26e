import type { Directive } from "../../grammar/directive.js";
import type { Ring } from "../../model/sections.js";
import { leadingNumber } from "../../values/numbers.js";
import { logFormats } from "../log.js";
import { inheriting } from "../new-proxy.js";
import type { Mutable } from "../proxy-draft.js";
import { wrongCharacter } from "../readers.js";
import { timeAt } from "../sections.js";
import { readServer } from "../server.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginRing(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = directive.at(1);
  if (name === "") directive.fail("missing ring name.", { word: 1, code: "missing-argument" });
  const wrong = wrongCharacter(name);
  if (wrong)
    directive.fail(`invalid ring name '${name}' (character '${wrong}' is not permitted).`, {
      word: 1,
      code: "invalid-name",
    });
  if (reading.rings.some((one) => one.name === name))
    directive.fail(`sink named '${name}' already exists.`, { word: 1, code: "same-name" });
  const proxy = inheriting("backend", name, directive.place(1), undefined);
  const section: Mutable<Ring> = {
    name,
    description: undefined,
    format: "raw",
    maxLength: 1024,
    size: 16384,
    servers: proxy.servers,
    connectTimeoutMs: undefined,
    serverTimeoutMs: undefined,
    backingFile: undefined,
    place: directive.place(1),
  };
  reading.rings.push(section);
  return {
    take: (line) => {
      const [word, first] = [line.at(0), line.at(1)];
      if (word === "size" || word === "maxlen") {
        const size = leadingNumber(first);
        if (size <= 0)
          line.fail(`invalid size '${first}' for new sink buffer.`, { word: 1, code: "invalid-value" });
        if (word === "maxlen") section.maxLength = size;
        else if (size < section.size)
          line.fail(
            `ignoring new size '${size}' that is smaller than current size '${section.size}' for ring '${name}'.`,
            { word: 1, code: "invalid-value", remedy: `Write at least ${section.size}.` },
          );
        else section.size = size;
      } else if (word === "server") proxy.servers.push(readServer(line.with(line.words, proxy), proxy));
      else if (word === "timeout") {
        if (first === "connect") section.connectTimeoutMs = timeAt(line, 2);
        else if (first === "server") section.serverTimeoutMs = timeAt(line, 2);
      } else if (word === "format") {
        if (!logFormats.includes(first as Ring["format"]))
          line.fail(`unknown format '${first}'.`, { word: 1, code: "invalid-value" });
        section.format = first as Ring["format"];
      } else if (word === "description") {
        if (first === "") missing(line, "missing ring description text.");
        section.description = first;
      } else line.fail(`unknown statement '${word}'.`, { code: "unknown-keyword" });
    },
    finish: () => {
      if (section.maxLength <= section.size) return;
      const message = `ring '${name}' event max length '${section.maxLength}' exceeds size, forced to size '${section.size}'.`;
      reading.add("warning", directive.place(1), message, { code: "ring-size" });
      section.maxLength = section.size;
    },
  };
}
