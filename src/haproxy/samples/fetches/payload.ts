import { type Fetched, type HttpRun, later, type SampleContext } from "../../run/index.js";
import {
  type ClientHello,
  helloType,
  helloVersion,
  incomplete,
  parseClientHello,
  protocols,
  serverName,
} from "../client-hello.js";
import { type Environment, type Fetches, type MakeFetch, number, text } from "../registry.js";
import { bin, sint, str, strOrNone, yes } from "../value.js";

type Side = "request" | "response" | undefined;

/** What has come and isn't forwarded yet; nothing of it can be seen of HTTP messages. */
function bytesOf({ stream, check, direction }: SampleContext, side: Side): Buffer | undefined {
  if (check !== undefined) return check.response === undefined ? check.received : undefined;
  if (stream === undefined || stream.http !== undefined) return undefined;
  return (side ?? direction) === "response" ? stream.responseBytes : stream.requestBytes;
}

const limit = ({ process }: Environment) => process.config.global.tune?.bufsize ?? 16384;

/** `payload(OFFSET,LENGTH)`; a length of 0 is all that there is. */
const payload =
  (side: Side): MakeFetch =>
  (arguments_, environment) => {
    const offset = number(arguments_, 0) ?? 0;
    const length = number(arguments_, 1) ?? 0;
    return {
      one(context) {
        const bytes = bytesOf(context, side);
        if (bytes === undefined || offset + length > limit(environment)) return undefined;
        if (offset + length > bytes.length) return later;
        return bin(Buffer.from(bytes.subarray(offset, length === 0 ? bytes.length : offset + length)));
      },
      mayChange: (context) => length === 0 && bytesOf(context, side) !== undefined,
    };
  };

/** `payload_lv(OFFSET,SIZE[,DATA])`: a length of SIZE bytes stands at OFFSET; "+n" and "-n" of DATA count from behind it. */
const payloadLengthValue =
  (side: Side): MakeFetch =>
  (arguments_, environment) => {
    const offset = number(arguments_, 0) ?? 0;
    const size = number(arguments_, 1) ?? 0;
    const written = text(arguments_, 2) ?? "";
    const moved = /^[+-]/.test(written);
    const start = written === "" ? offset + size : (moved ? offset + size : 0) + Number(written);
    return (context) => {
      const bytes = bytesOf(context, side);
      if (bytes === undefined) return undefined;
      if (offset + size > bytes.length) return later;
      let length = 0;
      for (let at = offset; at < offset + size; at++) length = ((length << 8) | (bytes[at] as number)) >>> 0;
      if (length === 0 || start + length > limit(environment)) return undefined;
      if (start + length > bytes.length) return later;
      return bin(Buffer.from(bytes.subarray(start, start + length)));
    };
  };

/**
 * Of an HTTP message HAProxy counts what it keeps of it: 20 bytes and the words of its first line, names and values, one byte for the head's end,
 * and the body (htx.h).
 */
function messageSize(http: HttpRun, side: "request" | "response"): number {
  const head = side === "request" ? http.request : http.response;
  if (head === undefined) return 0;
  const first = "method" in head ? head.method.length + head.target.length : 3 + head.reason.length;
  let size = 20 + first + "HTTP/1.1".length + 1;
  for (let at = 0; at < head.headers.length; at++)
    size += (head.headers.names[at] as string).length + (head.headers.values[at] as string).length;
  return size + (side === "request" ? http.body : http.responseBody).length;
}

const length =
  (side: Side): MakeFetch =>
  () => ({
    one(context) {
      const http = context.check ? undefined : context.stream?.http;
      if (http !== undefined) return sint(messageSize(http, side ?? context.direction));
      const bytes = context.check?.received ?? bytesOf(context, side);
      return bytes && sint(bytes.length);
    },
    mayChange: () => true,
  });

const hello =
  (read: (hello: ClientHello) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const bytes = bytesOf(context, undefined);
    const parsed = bytes && parseClientHello(bytes);
    if (parsed === incomplete) return later;
    return parsed && read(parsed);
  };

/** The protocol that the client likes best; to an ACL each that it offers. */
const alpn: MakeFetch = () => {
  const offered = (context: SampleContext) => {
    const bytes = bytesOf(context, undefined);
    const parsed = bytes && parseClientHello(bytes);
    return parsed === incomplete ? later : parsed === undefined ? [] : protocols(parsed);
  };
  return {
    one(context) {
      const names = offered(context);
      return names === later ? later : strOrNone(names[0]);
    },
    every(context) {
      const names = offered(context);
      return names === later ? undefined : names.map(str);
    },
  };
};

const ofBytes =
  (side: Side, read: (bytes: Buffer) => number | undefined | typeof incomplete): MakeFetch =>
  () =>
  (context) => {
    const bytes = bytesOf(context, side);
    const value = bytes && read(bytes);
    if (value === incomplete) return later;
    return value === undefined ? undefined : sint(value);
  };

/** The cookie of an RDP connection request: "Cookie: NAME=VALUE" behind eleven bytes ([MS-RDPBCGR], section 2.2.1.1). */
function rdpCookie(bytes: Buffer, name: string): string | undefined | typeof later {
  if (bytes.length <= 18) return later;
  const all = bytes.toString("latin1", 11);
  if (!/^Cookie:/i.test(all)) return undefined;
  const rest = all.slice(7).replace(/^ +/, "");
  if (name !== "" && rest.length <= name.length) return later;
  const equal = name === "" ? rest.search(/[=\r\n]/) : name.length;
  if (equal < 0) return later;
  if (
    rest[equal] !== "=" ||
    rest.slice(0, equal).toLowerCase() !== (name === "" ? rest.slice(0, equal) : name).toLowerCase()
  )
    return undefined;
  const value = rest.slice(equal + 1);
  const end = value.indexOf("\r");
  if (end < 0 || end + 1 >= value.length) return later;
  return value[end + 1] === "\n" ? value.slice(0, end) : undefined;
}

const rdp =
  (give: (value: string | undefined) => Fetched): MakeFetch =>
  (arguments_) => {
    const name = text(arguments_, 0) ?? "";
    return (context) => {
      const bytes = bytesOf(context, "request");
      if (bytes === undefined) return undefined;
      const value = rdpCookie(bytes, name);
      return value === later ? later : give(value);
    };
  };

/** Tokens of distcc: four letters, eight hexadecimal digits; some are followed by as many bytes as the digits say. */
const bare = /^(?:ARGC|DIST|NFIL|STAT|DONE)$/;
const distcc =
  (give: "parameter" | "body"): MakeFetch =>
  (arguments_, environment) => {
    const wanted = text(arguments_, 0) ?? "";
    const occurrence = number(arguments_, 1) ?? 0;
    return (context) => {
      const bytes = bytesOf(context, undefined);
      if (bytes === undefined) return undefined;
      let seen = 0;
      for (let at = 0; ; ) {
        if (at + 12 > bytes.length) return at + 12 <= limit(environment) ? later : undefined;
        const token = bytes.toString("latin1", at, at + 4);
        const digits = bytes.toString("latin1", at + 4, at + 12);
        if (!/^[0-9a-fA-F]{8}$/.test(digits)) return undefined;
        const value = Number.parseInt(digits, 16);
        const size = bare.test(token) ? 0 : value;
        at += 12;
        if (token === wanted && (++seen === occurrence || occurrence === 0)) {
          if (give === "parameter") return sint(value);
          if (at + size > bytes.length && at + size <= limit(environment)) return later;
          return bin(Buffer.from(bytes.subarray(at, at + size)));
        }
        at += size;
      }
    };
  };

const sni = hello((found) => strOrNone(serverName(found)?.toString("latin1")));
const cookie = rdp((value) => strOrNone(value));
const cookieCount = rdp((value) => sint(value === undefined ? 0 : 1));
const version = ofBytes("request", helloVersion);

export const payloadFetches: Fetches = {
  wait_end: () => (context) => (context.final ? yes : later),
  "req.len": length("request"),
  req_len: length("request"),
  "res.len": length("response"),
  payload: payload(undefined),
  "req.payload": payload("request"),
  "res.payload": payload("response"),
  payload_lv: payloadLengthValue(undefined),
  "req.payload_lv": payloadLengthValue("request"),
  "res.payload_lv": payloadLengthValue("response"),
  rdp_cookie: cookie,
  "req.rdp_cookie": cookie,
  req_rdp_cookie: cookie,
  rdp_cookie_cnt: cookieCount,
  "req.rdp_cookie_cnt": cookieCount,
  req_rdp_cookie_cnt: cookieCount,
  req_ssl_hello_type: ofBytes("request", helloType),
  "req.ssl_hello_type": ofBytes("request", helloType),
  rep_ssl_hello_type: ofBytes("response", helloType),
  "res.ssl_hello_type": ofBytes("response", helloType),
  req_ssl_sni: sni,
  "req.ssl_sni": sni,
  "req.ssl_alpn": alpn,
  "req.ssl_ec_ext": hello((found) => (found.extensions.has(10) ? yes : undefined)),
  "req.ssl_st_ext": hello(({ extensions }) => {
    const ticket = extensions.get(35);
    return sint(ticket === undefined ? 0 : ticket.length > 0 ? 2 : 1);
  }),
  req_ssl_ver: version,
  "req.ssl_ver": version,
  distcc_param: distcc("parameter"),
  distcc_body: distcc("body"),
};
