import type { Argument } from "../../../config/haproxy/model/index.js";
import { later, type Sample, type SampleContext } from "../../run/index.js";
import { ipv4, ipv6, ipv6Text, leadingIpv4 } from "../addresses.js";
import { cookieValues } from "../cookies.js";
import { headerValues, occurrence } from "../header-values.js";
import { headersOf, type Side } from "../http-view.js";
import { type Fetches, type MadeFetch, type MakeFetch, number, text } from "../registry.js";
import { readInt32, sint, str } from "../value.js";

type Read = (context: SampleContext) => readonly string[] | undefined | typeof later;

/** A fetch that has several values: single evaluation takes one of them, ACLs look at all. */
function several(
  read: Read,
  at: number | undefined,
  convert: (value: string) => Sample | undefined,
): MadeFetch {
  const wanted = at === undefined || at === 0 ? -1 : at;
  return {
    one(context) {
      const values = read(context);
      if (values === later || values === undefined) return values;
      const value = occurrence(values, wanted);
      return value === undefined ? undefined : convert(value);
    },
    every(context) {
      const values = read(context);
      if (values === later) return undefined;
      if (values === undefined) return [];
      if (at !== undefined && at !== 0) {
        const value = occurrence(values, at);
        const sample = value === undefined ? undefined : convert(value);
        return sample ? [sample] : [];
      }
      return values.map(convert).filter((sample) => sample !== undefined);
    },
  };
}

const fields =
  (side: Side | undefined, name: string, lines: boolean): Read =>
  (context) => {
    const headers = headersOf(context, side);
    return headers === later || headers === undefined ? headers : headerValues(headers, name, lines);
  };

const integer = (value: string): Sample => sint(readInt32(value));

/** An address that a header field holds; of IPv4 a port may follow. */
function address(value: string): Sample | undefined {
  const four = leadingIpv4(value);
  if (four) {
    const rest = value.slice(four.length);
    if (rest === "") return ipv4(four.address);
    const port = /^:(\d{1,9})$/.exec(rest);
    if (port && Number(port[1]) <= 65535) return ipv4(four.address);
  }
  const six = ipv6Text(value);
  return six === undefined ? undefined : ipv6(six);
}

const nameOf = (arguments_: readonly Argument[]) => text(arguments_, 0)?.toLowerCase() ?? "";

const header =
  (side: Side | undefined, lines: boolean, convert: (value: string) => Sample | undefined = str): MakeFetch =>
  (arguments_) => {
    if (arguments_[0]?.kind !== "str") return () => undefined;
    return several(fields(side, nameOf(arguments_), lines), number(arguments_, 1), convert);
  };

/** hdr_ip passes over values that are no address, from the last back to the first. */
const headerAddress =
  (side: Side | undefined): MakeFetch =>
  (arguments_) => {
    if (arguments_[0]?.kind !== "str") return () => undefined;
    return several(fields(side, nameOf(arguments_), false), number(arguments_, 1), address);
  };

const headerCount =
  (side: Side | undefined, lines: boolean): MakeFetch =>
  (arguments_) => {
    const read = fields(side, nameOf(arguments_), lines);
    return (context) => {
      const values = read(context);
      return values === later || values === undefined ? values : sint(values.length);
    };
  };

const headerNames =
  (side: Side): MakeFetch =>
  (arguments_) => {
    const delimiter = text(arguments_, 0)?.[0] ?? ",";
    return (context) => {
      const headers = headersOf(context, side);
      return headers === later || headers === undefined ? headers : str(headers.names.join(delimiter));
    };
  };

const cookies =
  (side: Side | undefined, name: string): Read =>
  (context) => {
    const headers = headersOf(context, side);
    if (headers === later || headers === undefined) return headers;
    return cookieValues(headers, name, (side ?? context.direction) === "request" && !context.check);
  };

const cookie =
  (side: Side | undefined, convert: (value: string) => Sample = str): MakeFetch =>
  (arguments_) => {
    const name = text(arguments_, 0) ?? "";
    const made = several(cookies(side, name), undefined, convert);
    if (name !== "") return made;
    const first = several(cookies(side, name), 1, convert);
    return { ...made, one: first.one }; // without a name the first one counts
  };

const cookieCount =
  (side: Side): MakeFetch =>
  (arguments_) => {
    const read = cookies(side, text(arguments_, 0) ?? "");
    return (context) => {
      const values = read(context);
      return values === later || values === undefined ? values : sint(values.length);
    };
  };

export const headerFetches: Fetches = {
  hdr: header(undefined, false),
  "req.hdr": header("request", false),
  "res.hdr": header("response", false),
  shdr: header("response", false),
  "req.fhdr": header("request", true),
  "res.fhdr": header("response", true),
  hdr_cnt: headerCount("request", false),
  "req.hdr_cnt": headerCount("request", false),
  "res.hdr_cnt": headerCount("response", false),
  shdr_cnt: headerCount("response", false),
  "req.fhdr_cnt": headerCount("request", true),
  "res.fhdr_cnt": headerCount("response", true),
  hdr_ip: headerAddress("request"),
  "req.hdr_ip": headerAddress("request"),
  "res.hdr_ip": headerAddress("response"),
  shdr_ip: headerAddress("response"),
  hdr_val: header("request", false, integer),
  "req.hdr_val": header("request", false, integer),
  "res.hdr_val": header("response", false, integer),
  shdr_val: header("response", false, integer),
  "req.hdr_names": headerNames("request"),
  "res.hdr_names": headerNames("response"),
  cook: cookie("request"),
  cookie: cookie(undefined),
  "req.cook": cookie("request"),
  "res.cook": cookie("response"),
  scook: cookie("response"),
  cook_cnt: cookieCount("request"),
  "req.cook_cnt": cookieCount("request"),
  "res.cook_cnt": cookieCount("response"),
  scook_cnt: cookieCount("response"),
  cook_val: cookie("request", integer),
  "req.cook_val": cookie("request", integer),
  "res.cook_val": cookie("response", integer),
  scook_val: cookie("response", integer),
};
