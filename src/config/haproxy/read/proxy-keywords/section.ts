import { within } from "../../grammar/mistake.js";
import { placeText } from "../../model/place.js";
import { defineAcl } from "../../samples/condition.js";
import { leadingNumber } from "../../values/numbers.js";
import { typeOf } from "../proxy-draft.js";
import {
  forSide,
  needed,
  notInAnonymousDefaults,
  notInDefaults,
  type ProxyReader,
  wrongCharacter,
} from "../readers.js";

const acl: ProxyReader = (directive, proxy) => {
  notInAnonymousDefaults(directive, proxy);
  const name = directive.at(1);
  const wrong = wrongCharacter(name);
  if (wrong)
    directive.fail(`character '${wrong}' is not permitted in acl name '${name}'.`, {
      word: 1,
      code: "invalid-name",
    });
  if (name.toLowerCase() === "or")
    directive.fail(
      `acl name '${name}' will never match. 'or' is used to express a logical disjunction within a condition.`,
      { word: 1, code: "invalid-name" },
    );
  within(
    (message) => `error detected while parsing ACL '${name}' : ${message}.`,
    () => defineAcl(directive.with(directive.words.slice(2), proxy), proxy.acls, name),
    { column: directive.column(2) },
  );
};

const mode: ProxyReader = (directive, proxy) => {
  directive.atMost(1);
  const word = directive.at(1);
  if (word === "http" || word === "tcp") proxy.mode = word;
  else if (word === "health")
    directive.fail(
      "'mode health' doesn't exist anymore. Please use 'http-request return status 200' instead.",
      { word: 1, code: "obsolete" },
    );
  else directive.fail(`unknown proxy mode '${word}'.`, { word: 1, code: "invalid-value" });
};

const id: ProxyReader = (directive, proxy) => {
  notInDefaults(directive, proxy, true);
  directive.atMost(1);
  const close = true;
  const value = leadingNumber(needed(directive, 1, "'id' expects an integer argument.", { close }));
  if (value <= 0) directive.fail("custom id has to be > 0.", { word: 1, close, code: "invalid-value" });
  const same = directive.reading.proxies.find((one) => one.id === value);
  if (same)
    directive.fail(
      `${typeOf(proxy)} ${proxy.name} reuses same custom id as ${typeOf(same)} ${same.name} (declared at ${placeText(same.place)}).`,
      { word: 1, close, code: "same-id" },
    );
  proxy.id = value;
};

/** What a proxy is. */
export const ownReaders: Readonly<Record<string, ProxyReader>> = {
  acl,
  mode,
  id,
  description: (directive, proxy) => {
    notInDefaults(directive, proxy, true);
    needed(directive, 1, "'description' expects a string argument.", { close: true });
    proxy.description = directive.text(1);
  },
  disabled: (directive, proxy) => {
    directive.atMost(0);
    proxy.disabled = true;
  },
  enabled: (directive, proxy) => {
    directive.atMost(0);
    proxy.disabled = false;
  },
  "bind-process": (directive) => {
    directive.warn("'bind-process' has no effect, is deprecated, and will be removed in version 2.7.", {
      close: true,
      code: "deprecated",
    });
  },
  "monitor-uri": (directive, proxy) => {
    forSide(directive, proxy, "frontend");
    directive.atMost(1);
    proxy.monitorUri = needed(directive, 1, "'monitor-uri' expects an URI.");
  },
};
