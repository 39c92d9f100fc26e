import type { ServerName } from "../../../config/nginx/model/index.js";
import { compileRegex } from "../../../regex/index.js";
import type { Registry } from "../../variables/registry.js";
import { ServerNames } from "../match/server-names.js";
import type { HttpRequest } from "../request.js";

/** What valid_referers say of a location: whether a Referer is one of them; undefined: there is none. */
export type Referers = (referer: string | undefined) => boolean;

/** $invalid_referer: "1" where the Referer is none of those that are valid (ngx_http_referer_module). */
export function defineReferers(registry: Registry<HttpRequest>): void {
  registry.define(
    "invalid_referer",
    (request) => {
      const { referers } = request.location;
      return referers === undefined || referers(request.field("referer")) ? "" : "1";
    },
    { changeable: true },
  );
}

/** Compiles words of valid_referers. @param own the server's names, for `server_names` @throws Error of a wrong expression */
export function compileReferers(words: readonly string[], own: readonly ServerName[]): Referers {
  const names = new ServerNames<string | undefined, undefined>(undefined);
  const regexes: ((text: string) => boolean)[] = [];
  const ofHosts: ((host: string) => boolean)[] = [];
  const add = (host: string, path: string) => {
    const kind = /^\*?\.|\.\*$/.test(host) ? "wildcard" : "exact";
    names.add({ kind, name: host.toLowerCase(), place: { file: "", line: 0, column: 0 } }, path);
  };
  for (const word of words) {
    if (word === "none" || word === "blocked") continue;
    if (word === "server_names")
      for (const name of own) {
        if (name.kind === "regex") {
          const regex = compileRegex(name.name, { ignoreCase: true });
          ofHosts.push((host) => regex.test(host));
        } else names.add(name, "");
      }
    else if (word.startsWith("~")) {
      const regex = compileRegex(word.slice(1), { ignoreCase: true });
      regexes.push((text) => regex.test(text));
    } else {
      const slash = word.indexOf("/");
      add(slash < 0 ? word : word.slice(0, slash), slash < 0 ? "" : word.slice(slash));
    }
  }
  const [none, blocked] = [words.includes("none"), words.includes("blocked")];
  return (referer) => {
    if (referer === undefined) return none;
    const [, rest] = /^https?:\/\/(.*)$/is.exec(referer) ?? [];
    if (rest === undefined || referer.length < "http://i.ru".length) return blocked;
    const host = /^[^/:]*/.exec(rest)![0].toLowerCase();
    if (host.length > 256) return false;
    const path = names.find(host, undefined);
    if (path !== undefined) {
      const slash = rest.indexOf("/", host.length);
      return path === "" || (slash >= 0 && rest.slice(slash).startsWith(path));
    }
    return ofHosts.some((fits) => fits(host)) || regexes.some((fits) => fits(rest));
  };
}
