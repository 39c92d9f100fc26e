import type { RuleSet } from "../keywords/actions.js";
import { type Place, placeText } from "../model/place.js";
import type { ProxyDraft } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";

/** Warns of a condition that looks at raw bytes in a proxy that shows messages. */
export function warnOfRawBytes(reading: Reading, draft: ProxyDraft, raw: boolean, place: Place): void {
  if (raw && draft.mode === "http")
    reading.add(
      "warning",
      place,
      `Proxy '${draft.name}': L6 sample fetches ignored on HTTP proxies (declared at ${placeText(place)}).`,
      { code: "fetch-ignored" },
    );
}

/** Looks up what rules of one set name. */
export function checkActionRules(reading: Reading, draft: ProxyDraft, set: RuleSet): void {
  for (const rule of draft.ruleChecks.filter((one) => one.set === set)) {
    const message = rule.check?.();
    if (message !== undefined)
      reading.failWith(rule.place, `Proxy '${draft.name}': ${message}.`, "unknown-reference");
    warnOfRawBytes(reading, draft, rule.raw, rule.place);
  }
}
