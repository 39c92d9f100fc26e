import type { Place } from "../../finding.js";
import type { Template } from "./variables.js";

/** `sticky …`: how a client stays with its server. */
export type Sticky =
  | {
      readonly kind: "cookie";
      readonly name: string;
      /** Seconds; undefined: until the browser ends; "max": as long as can be. */
      readonly expires: number | "max" | undefined;
      readonly domain: Template | undefined;
      readonly path: Template | undefined;
      readonly httpOnly: boolean;
      readonly secure: boolean;
      readonly sameSite: Template | undefined;
    }
  | { readonly kind: "route"; readonly routes: readonly Template[] }
  | {
      readonly kind: "learn";
      readonly create: readonly Template[];
      readonly lookup: readonly Template[];
      readonly zone: string;
      readonly zoneSize: number;
      readonly timeoutMs: number;
      /** Learnt as soon as the answer's head has come. */
      readonly header: boolean;
    };

/** `health_check …` of a location, or of a server of stream. */
export interface HealthCheck {
  readonly intervalMs: number;
  readonly jitterMs: number;
  readonly fails: number;
  readonly passes: number;
  readonly uri: string;
  /** A server is not asked before a first check has passed; persistent: nor after a change of the configuration. */
  readonly mandatory: boolean;
  readonly persistent: boolean;
  readonly match: string | undefined;
  readonly port: number | undefined;
  readonly keepaliveTimeMs: number;
  readonly udp: boolean;
  readonly place: Place;
}

/** A line of a `match` block. */
export type MatchRule =
  | {
      readonly kind: "status";
      readonly negated: boolean;
      /** Both ends belong to it. */
      readonly ranges: readonly (readonly [from: number, to: number])[];
    }
  | { readonly kind: "header-present"; readonly name: string; readonly negated: boolean }
  | {
      readonly kind: "header";
      readonly name: string;
      readonly regex: boolean;
      readonly value: string;
      readonly negated: boolean;
    }
  | { readonly kind: "body"; readonly regex: string; readonly negated: boolean }
  | { readonly kind: "require"; readonly variables: readonly Template[] }
  | { readonly kind: "send"; readonly text: string }
  | { readonly kind: "expect"; readonly regex: boolean; readonly text: string };

/** `queue N [timeout=TIME]`: requests that wait for a server. */
export interface Queue {
  readonly length: number;
  readonly timeoutMs: number;
}
