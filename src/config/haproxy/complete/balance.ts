import { Mistake } from "../grammar/mistake.js";
import { placeText } from "../model/place.js";
import type { ProxySection } from "../model/proxy.js";
import { type ProxyDraft, typeOf } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";
import { checkpoint, sourceNames } from "../samples/checkpoints.js";
import { expressionIn } from "../samples/expression.js";
import { lineAt } from "./formats.js";

/** `balance hash`: its expression is read when the whole proxy is known. */
export function completeBalance(reading: Reading, draft: ProxyDraft): ProxySection["balance"] {
  const written = draft.balanceExpression;
  if (!written || !draft.backend) return draft.balance;
  const begin = `${typeOf(draft)} '${draft.name}' [${placeText(draft.place)}]:`;
  try {
    const parsed = expressionIn(
      { directive: lineAt(reading, draft, written.place), context: "in use-server or balance expression in" },
      written.text,
      0,
      written.place.column,
    );
    if (parsed.end < written.text.length)
      throw new Mistake(`missing comma after fetch keyword '${parsed.fetch.name}'`, {
        column: written.place.column + parsed.end,
      });
    if (!(parsed.fetch.checkpoints & checkpoint.setServer))
      reading.failWith(
        written.place,
        `${begin} error detected while parsing 'balance hash' expression '${written.text}' which requires information from ${sourceNames(parsed.fetch.sources)}, which is not available here.`,
        "fetch-not-available",
      );
    return { algorithm: "hash", expression: parsed.expression };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    reading.failWith(
      { ...written.place, column: error.about.column ?? written.place.column },
      `${begin} failed to parse 'balance hash' expression '${written.text}' in : ${error.message}.`,
      "balance-expression",
      error.about.remedy,
    );
    return draft.balance;
  }
}
