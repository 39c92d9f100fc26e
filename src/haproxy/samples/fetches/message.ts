import type { Headers } from "../../../proxy/index.js";
import { type Fetched, later, type SampleContext } from "../../run/index.js";
import { headersOf, type Side } from "../http-view.js";
import { type Fetches, type MakeFetch, number, text } from "../registry.js";
import { uniqueIdOf } from "../unique-id.js";
import { parameterValues, pathAndQuery } from "../uri.js";
import { bin, bool, sint, str, strOrNone } from "../value.js";

/** What came of a body, and whether that is all. */
function bodyOf(context: SampleContext, side: Side): { bytes: Buffer; whole: boolean } | undefined {
  if (context.check !== undefined) {
    const { received, response } = context.check;
    if (side === "request" || response === undefined) return undefined;
    const end = received.indexOf("\r\n\r\n");
    const headed = received.toString("latin1", 0, 5) === "HTTP/" && end >= 0;
    return { bytes: headed ? received.subarray(end + 4) : received, whole: false };
  }
  const http = context.stream?.http;
  if (http === undefined || context.direction !== side) return undefined;
  if (side === "request") return { bytes: http.body, whole: http.bodyComplete };
  return http.response && { bytes: http.responseBody, whole: false };
}

const body =
  (side: Side): MakeFetch =>
  () => ({
    one(context) {
      const found = bodyOf(context, side);
      return found && bin(found.bytes);
    },
    mayChange: (context) => bodyOf(context, side)?.whole === false,
  });

const bodyLength =
  (side: Side): MakeFetch =>
  () =>
  (context) => {
    const found = bodyOf(context, side);
    return found && sint(found.bytes.length);
  };

/** As announced by Content-Length; without it what has come. */
const bodySize =
  (side: Side): MakeFetch =>
  () =>
  (context) => {
    const found = bodyOf(context, side);
    if (found === undefined) return undefined;
    const headers = headersOf(context, side);
    const announced = headers === later ? undefined : headers?.get("content-length");
    return sint(Math.max(found.bytes.length, announced && /^\d+$/.test(announced) ? Number(announced) : 0));
  };

const bodyParameter: MakeFetch = (arguments_) => {
  const name = text(arguments_, 0) ?? "";
  const read = (context: SampleContext) => {
    const found = bodyOf(context, "request");
    return found && parameterValues(found.bytes.toString("latin1"), name, "&");
  };
  return {
    one: (context) => strOrNone(read(context)?.[0]),
    every: (context) => (read(context) ?? []).map(str),
    mayChange: (context) => bodyOf(context, "request")?.whole === false,
  };
};

const fields =
  (side: Side, give: (headers: Headers) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const headers = headersOf(context, side);
    return headers === later || headers === undefined ? headers : give(headers);
  };

function lines(headers: Headers): Fetched {
  let all = "";
  for (let at = 0; at < headers.length; at++) all += `${headers.names[at]}: ${headers.values[at]}\r\n`;
  return str(`${all}\r\n`);
}

/**
 * A number as SPOE writes it: one byte below 240; else its lowest four bits over 240, and then seven bits a byte.
 */
function variableInteger(value: number): number[] {
  if (value < 240) return [value];
  const bytes = [(value & 15) | 240];
  let rest = (value - 240) >>> 4;
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest = (rest - 128) >>> 7;
  }
  return [...bytes, rest];
}

/** Names and values, each with its length before it; an empty pair is the end (SPOE, section 3.1). */
function binaryFields(headers: Headers): Fetched {
  const parts: Buffer[] = [];
  const add = (value: string) =>
    parts.push(Buffer.from(variableInteger(value.length)), Buffer.from(value, "latin1"));
  for (let at = 0; at < headers.length; at++) {
    add(headers.names[at] as string);
    add(headers.values[at] as string);
  }
  return bin(Buffer.concat([...parts, Buffer.from([0, 0])]));
}

const captured =
  (side: "request" | "response"): MakeFetch =>
  (arguments_) => {
    const slot = number(arguments_, 0) ?? 0;
    return ({ stream }) =>
      strOrNone((side === "request" ? stream?.requestCaptures : stream?.responseCaptures)?.[slot]);
  };

const requestLine = ({ stream }: SampleContext): string | undefined => {
  const line = stream?.http?.requestLine;
  return line === "<BADREQ>" ? undefined : line;
};

export const messageFetches: Fetches = {
  "req.body": body("request"),
  "res.body": body("response"),
  "req.body_len": bodyLength("request"),
  "res.body_len": bodyLength("response"),
  "req.body_size": bodySize("request"),
  "res.body_size": bodySize("response"),
  "req.body_param": bodyParameter,
  "req.hdrs": fields("request", lines),
  "res.hdrs": fields("response", lines),
  "req.hdrs_bin": fields("request", binaryFields),
  "res.hdrs_bin": fields("response", binaryFields),
  "capture.req.hdr": captured("request"),
  "capture.res.hdr": captured("response"),
  "capture.req.method": () => (context) => strOrNone(requestLine(context)?.split(" ", 1)[0]),
  "capture.req.uri": () => (context) => {
    const target = requestLine(context)?.split(" ")[1];
    return strOrNone(target === undefined ? undefined : pathAndQuery(target));
  },
  "capture.req.ver":
    () =>
    ({ stream }) => {
      const version = stream?.http?.request.version;
      return version && str(version === "1.0" ? "HTTP/1.0" : "HTTP/1.1");
    },
  "capture.res.ver":
    () =>
    ({ stream }) => {
      const version = stream?.http?.response?.version;
      return version && str(version === "1.0" ? "HTTP/1.0" : "HTTP/1.1");
    },
  "unique-id": (_, environment) => (context) => strOrNone(uniqueIdOf(context, environment)),
  http_first_req:
    () =>
    ({ stream }) =>
      stream?.http && bool((stream.http.exchange?.number ?? 1) === 1),
  "res.cache_hit":
    () =>
    ({ stream, direction }) =>
      direction === "response" && stream?.http ? bool(stream.http.cacheHit) : undefined,
  "res.cache_name":
    () =>
    ({ stream }) =>
      strOrNone(stream?.http?.cacheName),
  "res.comp":
    () =>
    ({ stream, direction }) =>
      direction === "response" && stream?.http ? bool(stream.http.compression !== undefined) : undefined,
  "res.comp_algo":
    () =>
    ({ stream }) =>
      strOrNone(stream?.http?.compression),
};
