import { Headers, type RequestHead } from "../../proxy/index.js";
import { later } from "../run/index.js";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const methodBegins = /^(?:[\r\n]*)[!#$%&'*+.^_`|~0-9A-Za-z-]*(?: [^\0-\x20\x7f]*(?: [HTPhtp0-9./]*)?)?$/;

/** Parsed once for each piece of bytes: rules look at it several times. */
const parsed = new WeakMap<Buffer, RequestHead | undefined | typeof later>();

/**
 * The head of an HTTP/1 request that bytes begin with, for fetches of layer 7 in mode tcp. `later`: it may become one.
 * undefined: it isn't one.
 */
export function rawRequest(bytes: Buffer): RequestHead | undefined | typeof later {
  if (parsed.has(bytes)) return parsed.get(bytes);
  const head = parse(bytes.toString("latin1"));
  parsed.set(bytes, head);
  return head;
}

function parse(all: string): RequestHead | undefined | typeof later {
  const start = /^(?:\r?\n)*/.exec(all)?.[0].length ?? 0;
  const end = /\r?\n\r?\n/.exec(all.slice(start));
  const lines = (end ? all.slice(start, start + end.index) : all.slice(start)).split(/\r?\n/);
  const complete = end ? lines.length : lines.length - 1;
  if (complete === 0) return methodBegins.test(lines[0] as string) ? later : undefined;
  const [method, target, version, more] = (lines[0] as string).split(/[ \t]+/);
  if (more !== undefined || !token.test(method as string) || !target) return undefined;
  if (version === undefined ? method !== "GET" : !/^HTTP\/\d\.\d$/.test(version)) return undefined;
  const headers = new Headers();
  for (const line of lines.slice(1, complete)) {
    const colon = line.indexOf(":");
    if (colon <= 0 || !token.test(line.slice(0, colon))) return undefined;
    headers.add(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  if (!end) return later;
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/]*)/.exec(target);
  return {
    method: method as string,
    target,
    version: version === "HTTP/1.1" ? "1.1" : "1.0",
    headers,
    scheme: absolute?.[1],
    authority: absolute?.[2],
  };
}
