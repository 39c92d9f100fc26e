import type { StatsPage } from "../../../config/haproxy/model/index.js";

/** The answers to an action, as the page's address has them after `;st=`. */
export const adminResults = ["DENY", "DONE", "ERRP", "EXCD", "NONE", "PART", "UNKN", "IVAL"] as const;
export type AdminResult = (typeof adminResults)[number];

/** What the words after the page's address ask for. */
export interface PageOptions {
  readonly format: "html" | "csv" | "typed" | "json" | "json-schema";
  readonly hideDown: boolean; // ;up
  readonly hideMaintenance: boolean; // ;no-maint
  readonly noRefresh: boolean;
  readonly result: AdminResult | undefined; // ;st=
  /** A part of the names of the proxies that are shown; "": all. */
  readonly scope: string;
}

const longestScope = 20;

/** Reads `/stats;up;csv;norefresh?scope=web` after `uri`. */
export function readPageOptions(target: string, page: StatsPage): PageOptions {
  const at = target.indexOf(page.uri);
  const words = at < 0 ? "" : target.slice(at + page.uri.length);
  const has = (word: string) => words.includes(word);
  const format = has(";json-schema")
    ? "json-schema"
    : has(";json")
      ? "json"
      : has(";typed")
        ? "typed"
        : has(";csv")
          ? "csv"
          : "html";
  const result = /;st=(.{4})/.exec(words)?.[1];
  const scope = /scope=([^;& ]*)/.exec(words)?.[1]?.slice(0, longestScope) ?? "";
  return {
    format,
    hideDown: has(";up"),
    hideMaintenance: has(";no-maint"),
    noRefresh: page.refreshMs > 0 && has(";norefresh"),
    result: result === undefined ? undefined : (adminResults.find((known) => known === result) ?? "UNKN"),
    scope: /^[A-Za-z0-9_:.-]*$/.test(scope) ? scope : "",
  };
}

/** The page's address with its options; `change` says what is to be otherwise. Without `result`: an answer that was read goes away. */
export function pageLink(page: StatsPage, options: PageOptions, change: Partial<PageOptions> = {}): string {
  const wanted = { ...options, result: undefined, ...change };
  return [
    page.uri,
    wanted.format === "html" ? "" : `;${wanted.format}`,
    wanted.result === undefined ? "" : `;st=${wanted.result}`,
    wanted.hideDown ? ";up" : "",
    wanted.noRefresh ? ";norefresh" : "",
    wanted.scope === "" ? "" : `?scope=${wanted.scope}`,
  ].join("");
}
