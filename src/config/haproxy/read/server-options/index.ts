import { Mistake } from "../../grammar/mistake.js";
import { placeText } from "../../model/place.js";
import { leadingNumber } from "../../values/numbers.js";
import type { DefaultServer } from "../server-draft.js";
import { sourceWords } from "../source.js";
import { choices, takeChoice } from "./choices.js";
import { flags } from "./flags.js";
import { missing, type OptionAt, type Taken } from "./option-at.js";
import { textOption } from "./texts.js";
import { timeOption } from "./times.js";

const numbers: Readonly<Record<string, keyof DefaultServer>> = {
  maxconn: "maxconn",
  minconn: "minconn",
  maxqueue: "maxqueue",
  "max-reuse": "maxReuse",
  "pool-low-conn": "poolLowConn",
  "pool-max-conn": "poolMaxConn",
};

/** Takes one option of a server line (server.c, srv_parse_*; check.c). */
export function serverOption(at: OptionAt): Taken {
  const { directive, index, draft } = at;
  const word = directive.at(index);
  const value = directive.at(index + 1);
  const flag = Object.hasOwn(flags, word) ? flags[word] : undefined;
  if (flag) {
    flag(draft);
    return { words: 1 };
  }
  const choice = Object.hasOwn(choices, word) ? choices[word] : undefined;
  if (choice) {
    takeChoice(at, word, value, choice);
    return { words: 2 };
  }
  const number = Object.hasOwn(numbers, word) ? numbers[word] : undefined;
  if (number) {
    if (value === "" && !/^(min|max)(conn|queue)$/.test(word))
      missing(`'${word}' expects <value> as argument.`);
    (draft as Record<string, unknown>)[number] = leadingNumber(value);
    return { words: 2 };
  }
  if (word === "source") {
    const source = sourceWords(directive, index);
    draft.source = source.source;
    return { words: source.words };
  }
  if (word === "usesrc") throw new Mistake("'usesrc' only allowed after a 'source' statement.");
  if (word === "id") return { words: 2, id: idOf(at, value) };
  if (timeOption(at, word, value)) return { words: 2 };
  return { words: textOption(at, word, value) };
}

function idOf({ proxy }: OptionAt, value: string): number {
  if (value === "") missing("'id' : expects an integer argument");
  const id = leadingNumber(value);
  if (id <= 0) throw new Mistake("'id' : custom id has to be > 0");
  const same = proxy.servers.find((server) => server.forcedId && server.id === id);
  if (same)
    throw new Mistake(
      `'id' : custom id ${id} already used at ${placeText(same.place)} ('server ${same.name}')`,
      { code: "same-id" },
    );
  return id;
}
