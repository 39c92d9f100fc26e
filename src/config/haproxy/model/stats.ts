import type { Condition } from "./expression.js";
import type { HttpRule } from "./rule.js";

/** `stats …` of a proxy; present when any such line, or `stats enable`, is. */
export interface StatsPage {
  readonly uri: string; // "/haproxy?stats" by itself
  readonly realm: string; // "HAProxy Statistics" by itself
  readonly users: readonly { readonly user: string; readonly password: string }[];
  readonly refreshMs: number; // 0: never
  readonly hideVersion: boolean;
  readonly showLegends: boolean;
  readonly showModules: boolean;
  readonly showNode: string | undefined; // "" is the host's name
  readonly showDescription: string | undefined;
  readonly scope: readonly string[]; // "." is this proxy
  readonly admin: readonly Condition[]; // any of them holds; `stats admin if TRUE`
  readonly rules: readonly HttpRule[]; // stats http-request
}
