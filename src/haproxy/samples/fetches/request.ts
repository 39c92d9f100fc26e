import type { RequestHead } from "../../../proxy/index.js";
import { type Fetched, later, type SampleContext } from "../../run/index.js";
import { addressBytes, ipv4, leadingIpv4 } from "../addresses.js";
import { fullHash, sdbm } from "../hashes.js";
import { firstValue } from "../header-values.js";
import { requestHead, responseHead } from "../http-view.js";
import { type Fetches, type MakeFetch, text } from "../registry.js";
import { parameterValues, pathAndQuery, pathOf, queryOf } from "../uri.js";
import { bin, readInt32, sint, str, strOrNone, yes } from "../value.js";

const ofRequest =
  (read: (head: RequestHead, context: SampleContext) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const head = requestHead(context);
    return head === later || head === undefined ? head : read(head, context);
  };

/** Host and path, as `base` puts them together. */
function base(head: RequestHead, withQuery: boolean): string | undefined {
  const host = firstValue(head.headers, "host");
  const path = withQuery ? pathAndQuery(head.target) : pathOf(head.target);
  if (!host) return path;
  return path?.startsWith("/") ? host + path : host;
}

function baseHash(head: RequestHead, withQuery: boolean): number {
  const host = withQuery ? head.headers.get("host")?.trim() : firstValue(head.headers, "host");
  const path = (withQuery ? pathAndQuery(head.target) : pathOf(head.target)) ?? "";
  return fullHash(sdbm(Buffer.from((host ?? "") + path, "latin1")));
}

function withSource(hash: number, context: SampleContext): Fetched {
  const source = context.stream?.source;
  if (source === undefined || source.family === 0) return undefined;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(hash);
  return bin(Buffer.concat([head, addressBytes(source.host)]));
}

/** Address and port of an absolute form whose host is an IPv4 address (url2sa). */
function urlAddress(target: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(https?):\/\/([\s\S]*)$/i.exec(target);
  const four = match && leadingIpv4(match[2] as string);
  if (!match || !four) return undefined;
  const port = /^:(\d*)/.exec((match[2] as string).slice(four.length));
  const standard = (match[1] as string).toLowerCase() === "http" ? 80 : 443;
  return { address: four.address, port: port ? Number(port[1]) & 0xffff : standard };
}

const parameter =
  (integer: boolean): MakeFetch =>
  (arguments_) => {
    const name = text(arguments_, 0) ?? "";
    const delimiter = text(arguments_, 1)?.[0] ?? "?";
    const read = (context: SampleContext): readonly string[] | undefined | typeof later => {
      const head = requestHead(context);
      if (head === later || head === undefined) return head;
      const at = head.target.indexOf(delimiter);
      return at < 0 ? [] : parameterValues(head.target.slice(at + 1), name, delimiter);
    };
    const convert = (value: string) => (integer ? sint(readInt32(value)) : str(value));
    return {
      one(context) {
        const values = read(context);
        if (values === later || values === undefined) return values;
        return values[0] === undefined ? undefined : convert(values[0]);
      },
      every(context) {
        const values = read(context);
        return values === later ? undefined : (values ?? []).map(convert);
      },
    };
  };

const method: MakeFetch = () => (context) => {
  const head = context.stream?.http?.request ?? requestHead(context);
  return head === later || head === undefined ? head : { type: "meth", value: head.method };
};

const version: MakeFetch = ofRequest((head) => str(head.version));

export const requestFetches: Fetches = {
  base: ofRequest((head) => strOrNone(base(head, false))),
  baseq: ofRequest((head) => strOrNone(base(head, true))),
  base32: ofRequest((head) => sint(baseHash(head, false))),
  "base32+src": ofRequest((head, context) => withSource(baseHash(head, false), context)),
  method,
  path: ofRequest((head) => strOrNone(pathOf(head.target))),
  pathq: ofRequest((head) => strOrNone(pathAndQuery(head.target))),
  query: ofRequest((head) => strOrNone(queryOf(head.target))),
  url: ofRequest((head) => str(head.target)),
  url32: ofRequest((head) => sint(baseHash(head, true))),
  "url32+src": ofRequest((head, context) => withSource(baseHash(head, true), context)),
  url_ip: ofRequest((head) => {
    const found = urlAddress(head.target);
    return found && ipv4(found.address);
  }),
  url_port: ofRequest((head) => {
    const found = urlAddress(head.target);
    return found && sint(found.port);
  }),
  url_param: parameter(false),
  urlp: parameter(false),
  url_param_val: parameter(true),
  urlp_val: parameter(true),
  "req.ver": version,
  req_ver: version,
  "req.proto_http": ofRequest(() => yes),
  req_proto_http: ofRequest(() => yes),
  status: () => (context) => {
    const head = responseHead(context);
    return head && sint(head.status);
  },
  "res.ver": responseVersion,
  resp_ver: responseVersion,
};

function responseVersion(): (context: SampleContext) => Fetched {
  return (context) => {
    const head = responseHead(context);
    if (head === undefined) return undefined;
    return str("version" in head ? head.version : "1.1");
  };
}
