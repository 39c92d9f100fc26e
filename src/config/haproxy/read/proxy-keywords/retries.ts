import { typeOf } from "../proxy-draft.js";
import { forSide, type ProxyReader } from "../readers.js";

const httpReuse: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "backend");
  const word = directive.at(1);
  if (word !== "never" && word !== "safe" && word !== "aggressive" && word !== "always")
    return directive.fail("'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'.", {
      word: 1,
      code: "invalid-value",
    });
  directive.atMost(0, 1);
  proxy.httpReuse = word;
};

const retryWords = [
  "none",
  "conn-failure",
  "empty-response",
  "junk-response",
  "response-timeout",
  "0rtt-rejected",
  "all-retryable-errors",
  "401",
  "403",
  "404",
  "408",
  "425",
  "500",
  "501",
  "502",
  "503",
  "504",
];

const retryOn: ProxyReader = (directive, proxy) => {
  if (!proxy.backend) {
    directive.warn(
      `'retry-on' will be ignored because ${typeOf(proxy)} '${proxy.name}' has no backend capability`,
      { code: "no-such-side" },
    );
    return;
  }
  if (directive.at(1) === "")
    directive.fail("'retry-on' expects at least one keyword to specify when to retry", {
      word: 1,
      code: "missing-argument",
    });
  for (let index = 1; directive.at(index) !== ""; index++)
    if (!retryWords.includes(directive.at(index)))
      directive.fail(`'retry-on': unknown keyword '${directive.at(index)}'`, {
        word: index,
        code: "unknown-keyword",
      });
  proxy.retryOn = directive.words.slice(1, directive.length).map((word) => word.text);
};

/** When a connection is used again, and when a request is. */
export const reuseReaders: Readonly<Record<string, ProxyReader>> = {
  "http-reuse": httpReuse,
  "retry-on": retryOn,
};
