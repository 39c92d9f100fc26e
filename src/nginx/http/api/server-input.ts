import { isIP } from "node:net";
import type { UpstreamServer } from "../../../config/nginx/model/index.js";
import { parseMilliseconds, parseSeconds } from "../../../config/nginx/values/time.js";
import { parseUrl } from "../../../config/nginx/values/url.js";
import { ApiFailure, badFormat } from "./failure.js";

type Draft = { -readonly [K in keyof UpstreamServer]?: UpstreamServer[K] };
type Take = (draft: Draft, value: unknown) => boolean;

const whole = (value: unknown, least: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= least && value <= 0x7fffffff;

/** "10s"; a number is seconds. */
const timeText = (value: unknown): string => (typeof value === "number" ? String(value) : value) as string;

function time(value: unknown, parse: (text: string) => number | undefined): number | undefined {
  return typeof value === "string" || whole(value, 0) ? parse(timeText(value)) : undefined;
}

const flag =
  (name: "backup" | "down" | "drain"): Take =>
  (draft, value) => {
    if (typeof value !== "boolean") return false;
    draft[name] = value;
    return true;
  };

/** Takes a value if there is one; false: it is none such. */
const taken = <T>(value: T | undefined, take: (value: T) => void): boolean => {
  if (value !== undefined) take(value);
  return value !== undefined;
};

const parameters: Readonly<Record<string, Take>> = {
  weight: (draft, value) => taken(whole(value, 1) ? value : undefined, (weight) => (draft.weight = weight)),
  max_conns: (draft, value) => taken(whole(value, 0) ? value : undefined, (most) => (draft.maxConns = most)),
  max_fails: (draft, value) => taken(whole(value, 0) ? value : undefined, (most) => (draft.maxFails = most)),
  fail_timeout: (draft, value) =>
    taken(time(value, parseSeconds), (seconds) => (draft.failTimeout = seconds)),
  slow_start: (draft, value) => taken(time(value, parseMilliseconds), (ms) => (draft.slowStartMs = ms)),
  route: (draft, value) => {
    if (typeof value !== "string" || value.length > 32 || /[^\x20-\x7e]/.test(value)) return false;
    draft.route = value === "" ? undefined : value;
    return true;
  },
  backup: flag("backup"),
  down: flag("down"),
  drain: flag("drain"),
};

/** What a request's body says of a server. @throws ApiFailure */
export function readServer(text: string, role: "http" | "stream", defaultPort: number | undefined): Draft {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw new ApiFailure(415, "JSON error", "JsonError");
  }
  if (typeof said !== "object" || said === null || Array.isArray(said)) throw badFormat("object expected");
  const draft: Draft = {};
  for (const [name, value] of Object.entries(said)) {
    if (typeof value === "object" && value !== null) throw badFormat("nested object or list");
    if (name === "server") Object.assign(draft, address(value, defaultPort));
    else if (role === "stream" && (name === "route" || name === "drain")) throw unknown(name);
    else if (!Object.hasOwn(parameters, name)) throw unknown(name);
    else if (!(parameters[name] as Take)(draft, value)) throw badFormat(`invalid "${name}" value`);
  }
  return draft;
}

const unknown = (name: string) => badFormat(`unknown parameter "${name.slice(0, 100)}"`);

/** An address and port, or a Unix socket's path: names aren't resolved here. */
function address(value: unknown, defaultPort: number | undefined): Draft {
  const bad = (text: string) => new ApiFailure(400, text, "UpstreamBadAddress");
  if (typeof value !== "string" || value.length > 255 || /[^\x21-\x7e]/.test(value))
    throw badFormat('invalid "server" value');
  const url = parseUrl(value, defaultPort === undefined ? {} : { defaultPort });
  if (typeof url === "string") throw bad(`${url} in upstream "${value}"`);
  if (url.path === undefined && isIP(url.host.replace(/^\[|\]$/g, "")) === 0)
    throw bad(`"${value}" is no address: names stand in the configuration`);
  if (url.path === undefined && url.noPort && defaultPort === undefined)
    throw bad(`no port in upstream "${value}"`);
  return { name: value, host: url.host, port: url.noPort ? undefined : url.port, path: url.path };
}
