import { isIP } from "node:net";
import type { Balance, HashType } from "../../config/haproxy/model/index.js";
import type { Evaluate, Sample, StreamRun } from "../run/index.js";
import { avalanche, hashOf } from "./hashes.js";
import { rdpCookie } from "./rdp-cookie.js";

/** The hash of what a stream is balanced by; undefined where it has no such thing (then it is balanced in turn). */
export type RequestKey = (stream: StreamRun) => number | undefined;

/** `evaluate` is of `balance hash`'s expression. */
export function requestKey(
  balance: Balance,
  type: HashType,
  evaluate: Evaluate | undefined,
): RequestKey | undefined {
  const hash = hashOf(type);
  const ofText = (text: string | undefined) =>
    text === undefined ? undefined : hash(Buffer.from(text, "latin1"));
  switch (balance.algorithm) {
    case "source":
      return (stream) => {
        const key = addressKey(stream.source.host);
        return key === undefined || !type.avalanche ? key : avalanche(key);
      };
    case "uri":
      return (stream) => {
        const target = stream.http?.request.target;
        return target === undefined ? undefined : ofText(uriKey(target, balance));
      };
    case "url_param":
      return (stream) => {
        const request = stream.http?.request;
        if (request === undefined) return undefined;
        const query = request.target.indexOf("?");
        let value = query < 0 ? undefined : parameter(request.target.slice(query + 1), balance.name);
        if (value === undefined && request.method === "POST")
          value = postedParameter(stream.http?.body.toString("latin1") ?? "", balance.name);
        return ofText(value);
      };
    case "hdr":
      return (stream) => {
        const value = firstValue(stream.http?.request.headers.get(balance.name.toLowerCase()) ?? "");
        if (value === "") return undefined;
        return ofText(balance.useDomainOnly ? domainOf(value) : value);
      };
    case "rdp-cookie":
      return (stream) => {
        const value = rdpCookie(stream.requestBytes, balance.name);
        return value === undefined || value === "" ? undefined : ofText(value);
      };
    case "hash":
      return (stream) => {
        const sample = evaluate?.({
          session: stream.session,
          stream,
          direction: "request",
          final: true,
          check: undefined,
        });
        return sample === undefined || typeof sample === "symbol" ? undefined : hash(sampleBytes(sample));
      };
    default:
      return undefined;
  }
}

/** Words of an address, combined by exclusive or. */
export function addressKey(host: string): number | undefined {
  const bytes = addressBytes(host);
  if (bytes === undefined) return undefined;
  let key = 0;
  for (let at = 0; at < bytes.length; at += 4) key ^= bytes.readUInt32BE(at);
  return key >>> 0;
}

/** 4 or 16 bytes. */
export function addressBytes(host: string): Buffer | undefined {
  const family = isIP(host);
  if (family === 4) return Buffer.from(host.split(".").map(Number));
  if (family !== 6) return undefined;
  const plain = host.replace(/%.*$/, "");
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  const bytes = Buffer.alloc(16);
  let text = plain;
  if (dotted !== null) {
    const tail = Buffer.from((dotted[2] as string).split(".").map(Number));
    text = `${dotted[1]}${tail.readUInt16BE(0).toString(16)}:${tail.readUInt16BE(2).toString(16)}`;
  }
  const [head, tail] = text.split("::") as [string, string | undefined];
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  front.forEach((word, at) => {
    bytes.writeUInt16BE(Number.parseInt(word, 16), 2 * at);
  });
  back.forEach((word, at) => {
    bytes.writeUInt16BE(Number.parseInt(word, 16), 16 - 2 * (back.length - at));
  });
  return bytes;
}

/** What of a request's target is hashed: until "?" unless `whole`, at most `length` bytes, at most `depth` directories. */
export function uriKey(
  target: string,
  settings: Omit<Extract<Balance, { algorithm: "uri" }>, "algorithm">,
): string {
  let uri = settings.pathOnly ? pathOf(target) : target;
  if (settings.length > 0) uri = uri.slice(0, settings.length);
  let slashes = 0;
  for (let at = 0; at < uri.length; at++) {
    const char = uri[at];
    // The first slash doesn't count as a level.
    if (char === "/" && ++slashes === (settings.depth > 0 ? settings.depth + 1 : 0)) return uri.slice(0, at);
    if (char === "?" && !settings.whole) return uri.slice(0, at);
  }
  return uri;
}

function pathOf(target: string): string {
  if (target.startsWith("/")) return target;
  const scheme = target.indexOf("://");
  if (scheme < 0) return "";
  const slash = target.indexOf("/", scheme + 3);
  return slash < 0 ? "" : target.slice(slash);
}

/** A parameter's value, as it stands. */
export function parameter(query: string, name: string): string | undefined {
  let at = 0;
  while (query.length - at > name.length) {
    if (query[at + name.length] === "=" && query.startsWith(name, at)) {
      const start = at + name.length + 1;
      const end = query.indexOf("&", start);
      return query.slice(start, end < 0 ? undefined : end);
    }
    const next = query.indexOf("&", at);
    if (next < 0) return undefined;
    at = next + 1;
  }
  return undefined;
}

/** The same of a body: one whose value doesn't begin as a token is no form; blanks end it. */
function postedParameter(body: string, name: string): string | undefined {
  const value = parameter(body, name);
  if (value === undefined || value === "" || /^[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(value)) return value;
  return /^[ \t]/.test(value) ? "" : undefined;
}

/** The first of a field's values that stand between commas. */
function firstValue(field: string): string {
  let quoted = false;
  for (let at = 0; at < field.length; at++) {
    if (field[at] === "\\" && quoted) at++;
    else if (field[at] === '"') quoted = !quoted;
    else if (field[at] === "," && !quoted) return field.slice(0, at).trim();
  }
  return field.trim();
}

/** Of "www.example.org" "example": between the last two dots. */
export function domainOf(host: string): string {
  let end = host.length;
  let inDomain = false;
  let at = host.length;
  for (; at > 0; at--) {
    if (inDomain) {
      if (host[at - 1] === ".") break;
    } else if (host[at] === ".") {
      end = at;
      inDomain = true;
    }
  }
  return host.slice(at, end);
}

/** A sample as bytes, as HAProxy casts to binary. */
function sampleBytes(sample: Sample): Buffer {
  switch (sample.type) {
    case "bin":
      return sample.value;
    case "str":
    case "meth":
      return Buffer.from(sample.value, "latin1");
    case "ipv4":
    case "ipv6":
      return addressBytes(sample.value) ?? Buffer.alloc(0);
    default: {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(sample.value)));
      return bytes;
    }
  }
}
