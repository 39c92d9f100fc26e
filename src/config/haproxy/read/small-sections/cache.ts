import type { Directive } from "../../grammar/directive.js";
import { Mistake } from "../../grammar/mistake.js";
import type { Cache } from "../../model/sections.js";
import { leadingNumber, wholeNumber } from "../../values/numbers.js";
import type { Mutable } from "../proxy-draft.js";
import { unknownIn } from "../sections.js";
import type { SectionLines } from "./section-lines.js";

export function beginCache(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = directive.at(1);
  if (name === "")
    throw new Mistake("'cache' expects a <name> argument", {
      column: directive.column(1),
      code: "missing-argument",
      abort: true,
    });
  directive.atMost(1);
  if (name.length > 32)
    directive.warn(`cache name is limited to 32 characters, truncate to '${name.slice(0, 32)}'.`, {
      word: 1,
      close: true,
      code: "truncated",
    });
  if (reading.caches.some((one) => one.name === name.slice(0, 32)))
    throw new Mistake(`Duplicate cache name '${name.slice(0, 32)}'.`, {
      column: directive.column(1),
      close: true,
      code: "same-name",
      abort: true,
    });
  const section: Mutable<Cache> = {
    name: name.slice(0, 32),
    totalMaxSize: 0,
    maxObjectSize: 0,
    maxAgeSeconds: 60,
    processVary: false,
    maxSecondaryEntries: 10,
    place: directive.place(1),
  };
  reading.caches.push(section);
  return { take: (line) => cacheLine(line, section), finish: () => finishCache(reading, section) };
}

function cacheLine(line: Directive, section: Mutable<Cache>): void {
  const [word, first] = [line.at(0), line.at(1)];
  const number = wholeNumber(first);
  const wrong: () => never = () =>
    line.fail(`${word} wrong value '${first}'`, { word: 1, close: true, code: "invalid-value" });
  switch (word) {
    case "total-max-size":
      line.atMost(1);
      if (number === undefined) wrong();
      if (number > 4095)
        line.fail(`"total-max-size" (${first}) must not be greater than 4095`, {
          word: 1,
          close: true,
          code: "invalid-value",
        });
      section.totalMaxSize = number * 1024 * 1024;
      return;
    case "max-age":
      line.atMost(1);
      if (first === "")
        line.warn(`'${word}' expects an age parameter in seconds.`, {
          close: true,
          code: "missing-argument",
        });
      section.maxAgeSeconds = leadingNumber(first);
      return;
    case "max-object-size":
      line.atMost(1);
      if (number === undefined) wrong();
      section.maxObjectSize = number;
      return;
    case "process-vary":
      line.atMost(1);
      if (first !== "on" && first !== "off")
        line.warn(`'${word}' expects "on" or "off" (enable or disable vary processing).`, {
          word: 1,
          close: true,
          code: "invalid-value",
        });
      else section.processVary = first === "on";
      return;
    case "max-secondary-entries":
      line.atMost(1);
      if (number === undefined || number <= 0) wrong();
      section.maxSecondaryEntries = number;
      return;
    default:
      unknownIn(line, "cache");
  }
}

function finishCache(reading: Directive["reading"], section: Mutable<Cache>): void {
  if (section.totalMaxSize <= 0) {
    reading.failWith(section.place, `Size not specified for cache '${section.name}'`, "missing-argument");
    return;
  }
  if (section.maxObjectSize === 0) section.maxObjectSize = Math.floor(section.totalMaxSize / 256);
  else if (section.maxObjectSize > section.totalMaxSize / 2)
    reading.failWith(
      section.place,
      `"max-object-size" is limited to an half of "total-max-size" => ${section.totalMaxSize / 2}`,
      "invalid-value",
    );
}
