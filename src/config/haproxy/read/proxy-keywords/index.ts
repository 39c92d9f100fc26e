import type { Directive } from "../../grammar/directive.js";
import { suggest } from "../../grammar/suggest.js";
import { proxyKeywords } from "../../keywords/proxy.js";
import { balanceReaders } from "../balance.js";
import { bindLine } from "../bind.js";
import { checkReaders } from "../check-rules.js";
import { cookieLine } from "../cookie.js";
import { errorReaders } from "../errors.js";
import { filterReaders } from "../filters.js";
import { optionLine } from "../options.js";
import type { ProxyDraft } from "../proxy-draft.js";
import type { ProxyReader } from "../readers.js";
import { ruleReaders } from "../rules.js";
import { statsLine } from "../stats.js";
import { stickReaders } from "../stick.js";
import { tcpRuleReaders } from "../tcp-rules.js";
import { timeoutLine } from "../timeouts.js";
import { captureReaders } from "./captures.js";
import { limitReaders } from "./limits.js";
import { reuseReaders } from "./retries.js";
import { ownReaders } from "./section.js";
import { serverReaders } from "./servers.js";
import { keepAliveReaders } from "./tcp-keep-alive.js";
import { tellingReaders } from "./telling.js";

const readers: Readonly<Record<string, ProxyReader>> = {
  ...captureReaders,
  ...limitReaders,
  ...reuseReaders,
  ...keepAliveReaders,
  ...serverReaders,
  ...tellingReaders,
  ...ownReaders,
  bind: bindLine,
  option: optionLine,
  cookie: cookieLine,
  stats: statsLine,
  timeout: timeoutLine,
  clitimeout: timeoutLine,
  srvtimeout: timeoutLine,
  contimeout: timeoutLine,
  ...ruleReaders,
  ...tcpRuleReaders,
  ...stickReaders,
  ...balanceReaders,
  ...checkReaders,
  ...errorReaders,
  ...filterReaders,
};

/** A line of a proxy's section. */
export function proxyLine(directive: Directive, proxy: ProxyDraft): void {
  const name = directive.at(0);
  const keyword = proxyKeywords.get(name);
  if (keyword?.status.kind === "refused")
    directive.fail(keyword.status.says.replaceAll("KEYWORD", name).replace("ARGUMENT", directive.at(1)), {
      code: "not-supported",
    });
  if (keyword?.status.kind === "without-effect") directive.withoutEffect(name, keyword.status.says);
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (reader) {
    reader(directive, proxy);
    return;
  }
  const best = suggest(name, suggestable());
  directive.fail(
    `unknown keyword '${name}' in '${proxy.kind}' section${best ? `; did you mean '${best}' maybe ?` : ""}`,
    { code: "unknown-keyword", ...(best ? { meant: best, remedy: `Did you mean ${best}?` } : {}) },
  );
}

const suggestable = () => [...proxyKeywords.keys(), "listen", "frontend", "backend", "defaults"];
