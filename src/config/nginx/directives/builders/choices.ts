import type { Context, Definition } from "../../definition.js";
import { invalid, Mistake } from "../../mistake.js";
import { type Also, custom, many, once } from "./custom.js";

/** on or off. */
export function flag(name: string, contexts: readonly Context[], initial: boolean, also: Also<boolean> = {}) {
  return once(name, contexts, initial, { form: "on | off", ...also }, (statement) => {
    const word = statement.words[0]!;
    const text = word.text.toLowerCase();
    if (text !== "on" && text !== "off")
      throw new Mistake(
        `invalid value "${word.text}" in "${statement.name.text}" directive, it must be "on" or "off"`,
        { code: "invalid-value", word, remedy: 'Say "on" or "off".' },
      );
    return text === "on";
  });
}

/** There, without a word. */
export function present(name: string, contexts: readonly Context[], also: Also<boolean> = {}) {
  return once(name, contexts, false, { words: [0, 0], form: "", ...also }, () => true);
}

/** One word of several, whatever their case. */
export function choice<C extends string>(
  name: string,
  contexts: readonly Context[],
  initial: C,
  choices: readonly C[],
  also: Also<C> = {},
): Definition<C> {
  return once(name, contexts, initial, { form: choices.join(" | "), ...also }, (statement) => {
    const word = statement.words[0]!;
    const found = choices.find((each) => each === word.text.toLowerCase());
    if (found === undefined) throw invalid("value", word, { remedy: `Say ${choices.join(", ")}.` });
    return found;
  });
}

/** Some words of several, whatever their case; further statements add to it. */
export function choices<C extends string>(
  name: string,
  contexts: readonly Context[],
  initial: readonly C[],
  all: readonly C[],
  also: { readonly words?: readonly [number, number] } & Pick<Also<readonly C[]>, "status" | "note"> = {},
): Definition<readonly C[]> {
  const { words = [1, many], ...rest } = also;
  return custom<readonly C[]>(
    name,
    contexts,
    words,
    initial,
    (statement, _block, before, reading) => {
      const found: C[] = [...(before ?? [])];
      for (const word of statement.words) {
        const one = all.find((each) => each.toLowerCase() === word.text.toLowerCase());
        if (one === undefined) throw invalid("value", word, { remedy: `Say some of ${all.join(", ")}.` });
        if (found.includes(one))
          reading.warn("duplicate-value", `duplicate value "${word.text}"`, statement.end);
        else found.push(one);
      }
      return found;
    },
    { form: `${all.join(" | ")} …`, ...rest },
  );
}
