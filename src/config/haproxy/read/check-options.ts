import type { Directive } from "../grammar/directive.js";
import type { HealthCheck } from "../model/check.js";
import type { ProxyDraft } from "./proxy-draft.js";
import { forSide, type ProxyReader } from "./readers.js";

/** Makes a proxy's servers be checked in a way. */
function use(
  directive: Directive,
  proxy: ProxyDraft,
  kind: HealthCheck["kind"],
  words: readonly string[] = [],
): void {
  Object.assign(proxy.check, { kind, words, place: directive.place(1) });
}

const simple =
  (kind: HealthCheck["kind"]): ProxyReader =>
  (directive, proxy) => {
    forSide(directive, proxy, "backend", { word: 1 });
    directive.atMost(0, 1);
    use(directive, proxy, kind);
  };

/** `option httpchk [METHOD] [URI] [VERSION]` (tcpcheck.c, proxy_parse_httpchk_req) */
const httpchk: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "backend", { word: 1 });
  directive.atMost(3, 1);
  const [first, second, third] = [directive.at(2), directive.at(3), directive.at(4)];
  let method = "OPTIONS";
  let uri = "/";
  let version = "HTTP/1.0";
  let host = "";
  if (first !== "" && second === "") uri = first;
  else if (first !== "") {
    method = first;
    uri = second;
  }
  if (third !== "") {
    // A "Host" header used to be put behind the version.
    const [only = "", ...headers] = third.split(/\r?\n|\\r\\n/);
    version = only;
    const found = headers.find((line) => /^host:/i.test(line));
    host = found ? found.slice(5).trim() : "";
    if (headers.length > 0)
      directive.warn(
        "'option httpchk' : hiding headers or body at the end of the version string is deprecated. Please, consider to use 'http-check send' directive instead.",
        { word: 4, close: true, code: "deprecated" },
      );
  }
  use(directive, proxy, "http", [method, uri, version, host]);
  if (!proxy.check.ownHttp) {
    proxy.check.httpRules = [];
    proxy.check.ownHttp = true;
  }
};

const smtpchk: ProxyReader = (directive, proxy) => {
  forSide(directive, proxy, "backend", { word: 1 });
  directive.atMost(2, 1);
  const [hello, domain] = [directive.at(2), directive.at(3)];
  const known = hello !== "" && domain !== "" && /^(EHLO|HELO)$/.test(hello);
  use(directive, proxy, "smtp", known ? [hello, domain] : ["HELO", "localhost"]);
};

const userCheck =
  (kind: "mysql" | "pgsql"): ProxyReader =>
  (directive, proxy) => {
    forSide(directive, proxy, "backend", { word: 1 });
    const [user, name, version] = [directive.at(2), directive.at(3), directive.at(4)];
    directive.atMost(kind === "mysql" ? 3 : 2, 1);
    const words = directive.text(0, 2);
    if (kind === "pgsql" && (user !== "user" || name === ""))
      directive.fail(`'${words}' expects 'user <username>' as argument.`, {
        word: 2,
        code: "missing-argument",
      });
    if (user === "") {
      use(directive, proxy, kind);
      return;
    }
    if (user !== "user")
      directive.fail(`'${words}' only supports optional values: 'user' (got '${user}').`, {
        word: 2,
        code: "unknown-keyword",
      });
    if (name === "")
      directive.fail(`'${words}' : missing username after 'user' argument.`, {
        word: 3,
        code: "missing-argument",
      });
    if (version !== "" && version !== "post-41" && version !== "pre-41")
      directive.fail(`'${words}' : keyword only supports 'post-41' and 'pre-41' (got '${version}').`, {
        word: 4,
        code: "invalid-value",
      });
    use(directive, proxy, kind, kind === "mysql" ? [name, version || "post-41"] : [name]);
  };

/** `option …` keywords that choose a health check. */
export const checkOptions: Readonly<Record<string, ProxyReader>> = {
  httpchk,
  smtpchk,
  "mysql-check": userCheck("mysql"),
  "pgsql-check": userCheck("pgsql"),
  "redis-check": simple("redis"),
  "ldap-check": simple("ldap"),
  "spop-check": simple("spop"),
  "ssl-hello-chk": simple("ssl-hello"),
  "external-check": simple("external"),
  "tcp-check": (directive, proxy) => {
    simple("tcp-check")(directive, proxy);
    if (!proxy.check.ownTcp) {
      proxy.check.tcpRules = [];
      proxy.check.ownTcp = true;
    }
  },
};
