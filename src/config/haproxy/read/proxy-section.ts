import type { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";
import { placeText } from "../model/place.js";
import { parseAddress } from "../values/address.js";
import { bindLine } from "./bind.js";
import { inheriting, newDefaults } from "./new-proxy.js";
import { type ProxyDraft, type RuleLists, typeOf } from "./proxy-draft.js";
import { wrongCharacter } from "./readers.js";
import type { Reading } from "./reading.js";

type Kind = ProxyDraft["kind"];

const capWords: Readonly<Record<Kind, string>> = {
  listen: "proxy",
  frontend: "frontend",
  backend: "backend",
  defaults: "defaults",
};

const ruleLists: readonly (keyof RuleLists)[] = [
  "httpRequest",
  "httpResponse",
  "httpAfterResponse",
  "tcpRequestConnection",
  "tcpRequestSession",
  "tcpRequestContent",
  "tcpResponseContent",
];

const hasRules = (proxy: ProxyDraft) => ruleLists.some((list) => proxy[list].length > 0);

/** Begins a frontend, backend, listen or defaults section (cfgparse-listen.c, cfg_parse_listen). */
export function beginProxy(directive: Directive): ProxyDraft | undefined {
  const { reading } = directive;
  const kind = directive.at(0) as Kind;
  return kind === "defaults" ? beginDefaults(directive) : beginRealProxy(directive, kind, reading);
}

function beginDefaults(directive: Directive): ProxyDraft {
  const { reading } = directive;
  let name = directive.at(1);
  let from = 2;
  if (name === "from" && directive.at(2) !== "" && directive.at(3) === "") {
    name = "";
    from = 1;
  }
  let parent: ProxyDraft | undefined;
  if (directive.at(from) === "from") {
    parent = defaultsNamed(directive, from + 1, "defaults", name);
    if (parent && hasRules(parent))
      refuseRules(
        directive,
        `a defaults section cannot inherit from a defaults section defining TCP/HTTP rules (defaults section at ${at(parent)}).`,
      );
  }
  const place = directive.place(1);
  const section = parent ? inheriting("defaults", name, place, parent) : newDefaults(name, place);
  refuseCaptures(directive, section, parent);
  reading.defaults.push(section);
  return section;
}

const at = (proxy: ProxyDraft) => placeText(proxy.place);

function beginRealProxy(directive: Directive, kind: Kind, reading: Reading): ProxyDraft | undefined {
  const name = directive.at(1);
  if (name === "")
    throw new Mistake(`'${kind}' expects an <id> argument`, {
      code: "missing-argument",
      abort: true,
      column: directive.column(1),
    });
  const wrong = wrongCharacter(name);
  if (wrong)
    directive.alert(`character '${wrong}' is not permitted in '${kind}' name '${name}'.`, {
      word: 1,
      code: "invalid-name",
    });
  refuseSameName(directive, kind, name);
  const old = oldListen(directive, kind);
  if (old === undefined) refuseOtherWords(directive, kind);

  let defaults = reading.defaults.at(-1);
  if (directive.at(2) === "from") {
    defaults = defaultsNamed(directive, 3, capWords[kind], name);
    if (defaults) defaults.explicitlyUsed = true;
  } else if (defaults) defaults.implicitlyUsed = true;
  if (defaults?.explicitlyUsed && defaults.implicitlyUsed)
    directive.alert(
      `defaults section '${defaults.name}' (declared at ${at(defaults)}) is explicitly referenced by another proxy and implicitly used here. To avoid any ambiguity don't mix both usage. Add a last defaults section not explicitly used or always use explicit references.`,
      { code: "ambiguous-defaults", fatal: false },
    );
  const proxy = inheriting(kind, name, directive.place(1), defaults);
  if (defaults) checkRuleUse(directive, proxy, defaults);
  refuseCaptures(directive, proxy, defaults);
  reading.proxies.push(proxy);
  if (old !== undefined) bindOldListen(directive, proxy);
  return proxy;
}

function refuseSameName(directive: Directive, kind: Kind, name: string): void {
  const same = directive.reading.proxies.find(
    (one) => one.name === name && (kind === "backend" ? one.backend : one.frontend),
  );
  if (!same) return;
  directive.alert(
    `${capWords[kind]} '${name}' has the same name as ${typeOf(same)} '${name}' declared at ${at(same)}.`,
    {
      word: 1,
      close: true,
      code: "same-name",
      remedy: `Give one of them another name, for example ${name}2, or put both sections' lines into one.`,
    },
  );
  capitalize(directive);
}

/** HAProxy says "Parsing" here. */
function capitalize(directive: Directive): void {
  const last = directive.reading.diagnostics.at(-1)!;
  directive.reading.diagnostics[directive.reading.diagnostics.length - 1] = {
    ...last,
    printed: last.printed.replace(/^parsing/, "Parsing"),
  };
}

/** The address of the old form `listen NAME ADDRESS:PORT`, which HAProxy took until 1.7. */
function oldListen(directive: Directive, kind: Kind): string | undefined {
  const address = directive.at(2);
  if (kind === "backend" || address === "" || directive.at(3) !== "") return undefined;
  try {
    parseAddress(address.split(",")[0]!, { port: "needed", range: true, stream: true, names: true }, {});
    return address;
  } catch {
    return undefined;
  }
}

function bindOldListen(directive: Directive, proxy: ProxyDraft): void {
  const [first, , ...rest] = directive.words;
  directive.warn(
    `an address after the name of '${directive.at(0)} ${proxy.name}' is the form of HAProxy 1.x: taken as 'bind ${directive.at(2)}'. HAProxy 2.6 refuses it.`,
    {
      word: 2,
      code: "old-listen",
      remedy: `Write 'bind ${directive.at(2)}' on a line of its own in the section.`,
    },
  );
  bindLine(directive.with([{ ...first!, text: "bind" }, ...rest], proxy), proxy);
}

function refuseOtherWords(directive: Directive, kind: Kind): void {
  const extra = directive.at(2) !== "" && (directive.at(3) === "" || directive.at(2) !== "from");
  const more = directive.at(4);
  if (!extra && more === "") return;
  if (more !== "")
    directive.alert(`'${kind}' cannot handle unexpected argument '${more}'.`, {
      word: 4,
      code: "unexpected-argument",
    });
  const message = "please use the 'bind' keyword for listening addresses.";
  throw new Mistake(message, { column: directive.column(2), code: "unexpected-argument" });
}

function defaultsNamed(
  directive: Directive,
  index: number,
  cap: string,
  name: string,
): ProxyDraft | undefined {
  const wanted = directive.at(index);
  const found = directive.reading.defaults.filter((one) => one.name === wanted);
  const [first, second] = found;
  if (!first)
    throw new Mistake(`defaults section '${wanted}' not found for ${cap} '${name}'.`, {
      column: directive.column(index),
      code: "unknown-defaults",
      abort: true,
    });
  if (second)
    directive.alert(
      `ambiguous defaults section name '${wanted}' referenced by ${cap} '${name}' exists at least at ${at(first)} and ${at(second)}.`,
      { word: index, code: "ambiguous-defaults" },
    );
  const wrong = wrongCharacter(wanted);
  if (wrong)
    directive.alert(
      `character '${wrong}' is not permitted in defaults section name '${wanted}' when designated by its name (section found at ${at(first)}).`,
      { word: index, code: "invalid-name" },
    );
  return first;
}

function refuseRules(directive: Directive, message: string): never {
  throw new Mistake(message, {
    column: directive.column(0),
    close: true,
    code: "defaults-with-rules",
    abort: true,
  });
}

/** Rules of a defaults section are shared by proxies of one kind only. */
function checkRuleUse(directive: Directive, proxy: ProxyDraft, defaults: ProxyDraft): void {
  if (!hasRules(defaults)) return;
  if (proxy.kind === "listen")
    refuseRules(
      directive,
      "a listen section cannot inherit from a defaults section defining TCP/HTTP rules.",
    );
  const side = proxy.kind as "frontend" | "backend";
  if (defaults.usedBy && defaults.usedBy !== side)
    refuseRules(
      directive,
      `frontends and backends cannot inherit from the same defaults section if it defines TCP/HTTP rules (defaults section at ${at(defaults)}).`,
    );
  if (
    side === "backend" &&
    (defaults.tcpRequestConnection.length > 0 || defaults.tcpRequestSession.length > 0)
  )
    refuseRules(
      directive,
      `a backend section cannot inherit from a defaults section defining 'tcp-request connection' or 'tcp-request session' rules (defaults section at ${at(defaults)}).`,
    );
  if (side === "frontend" && defaults.tcpResponseContent.length > 0)
    refuseRules(
      directive,
      `a frontend section cannot inherit from a defaults section defining 'tcp-response content' rules (defaults section at ${at(defaults)}).`,
    );
  defaults.usedBy = side;
}

function refuseCaptures(directive: Directive, proxy: ProxyDraft, defaults: ProxyDraft | undefined): void {
  if (!proxy.backend || !defaults) return;
  if (defaults.requestCaptures.length === 0 && defaults.responseCaptures.length === 0) return;
  refuseRules(
    directive,
    `backend or defaults sections cannot inherit from a defaults section defining capptures (defaults section at ${at(defaults)}).`,
  );
}
