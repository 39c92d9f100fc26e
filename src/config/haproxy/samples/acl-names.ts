import type { MatchMethod } from "../model/expression.js";

/** Names of ACLs that are a fetch and a way to compare: "path_beg" is path with -m beg. */
export interface AclName {
  readonly name: string;
  readonly fetch: string;
  readonly method: MatchMethod;
  /** Patterns are methods (GET), dotted versions (3.1), or what the method says. */
  readonly patterns?: "method" | "version";
}

const ways: readonly MatchMethod[] = ["beg", "dir", "dom", "end", "len", "reg", "sub"];
const families: readonly (readonly [prefix: string, fetch: string])[] = [
  ["base", "base"],
  ["cook", "req.cook"],
  ["hdr", "req.hdr"],
  ["path", "path"],
  ["scook", "res.cook"],
  ["shdr", "res.hdr"],
  ["url", "url"],
  ["urlp", "urlp"],
];

const names: readonly AclName[] = [
  ...families.flatMap(([prefix, fetch]) => [
    { name: prefix, fetch, method: "str" as const },
    ...ways.map((method) => ({ name: `${prefix}_${method}`, fetch, method })),
  ]),
  { name: "http_auth_group", fetch: "http_auth_group", method: "str" },
  { name: "method", fetch: "method", method: "str", patterns: "method" },
  { name: "payload", fetch: "req.payload", method: "bin" },
  { name: "payload_lv", fetch: "req.payload_lv", method: "bin" },
  { name: "req.ssl_ver", fetch: "req.ssl_ver", method: "int", patterns: "version" },
  { name: "req_ssl_ver", fetch: "req.ssl_ver", method: "int", patterns: "version" },
  { name: "req_rdp_cookie", fetch: "req.rdp_cookie", method: "str" },
  { name: "req_rdp_cookie_cnt", fetch: "req.rdp_cookie_cnt", method: "int" },
  { name: "req_ssl_sni", fetch: "req.ssl_sni", method: "str" },
  { name: "req_ver", fetch: "req.ver", method: "str" },
  { name: "resp_ver", fetch: "res.ver", method: "str" },
  { name: "ssl_fc_sni_end", fetch: "ssl_fc_sni", method: "end" },
  { name: "ssl_fc_sni_reg", fetch: "ssl_fc_sni", method: "reg" },
];

/** All ACL names of 2.6 that aren't fetches. */
export const aclNames: ReadonlyMap<string, AclName> = new Map(names.map((one) => [one.name, one]));

/** ACLs that are there without being told (acl.c, default_acl_list). */
export const defaultAcls: ReadonlyMap<string, readonly string[]> = new Map([
  ["TRUE", ["always_true"]],
  ["FALSE", ["always_false"]],
  ["LOCALHOST", ["src", "127.0.0.1/8", "::1"]],
  ["HTTP", ["req.proto_http"]],
  ["HTTP_1.0", ["req.ver", "1.0"]],
  ["HTTP_1.1", ["req.ver", "1.1"]],
  ["HTTP_2.0", ["req.ver", "2.0"]],
  ["METH_CONNECT", ["method", "CONNECT"]],
  ["METH_DELETE", ["method", "DELETE"]],
  ["METH_GET", ["method", "GET", "HEAD"]],
  ["METH_HEAD", ["method", "HEAD"]],
  ["METH_OPTIONS", ["method", "OPTIONS"]],
  ["METH_POST", ["method", "POST"]],
  ["METH_PUT", ["method", "PUT"]],
  ["METH_TRACE", ["method", "TRACE"]],
  ["HTTP_URL_ABS", ["url_reg", "^[^/:]*://"]],
  ["HTTP_URL_SLASH", ["url_beg", "/"]],
  ["HTTP_URL_STAR", ["url", "*"]],
  ["HTTP_CONTENT", ["req.hdr_val(content-length)", "gt", "0"]],
  ["RDP_COOKIE", ["req.rdp_cookie_cnt", "gt", "0"]],
  ["REQ_CONTENT", ["req.len", "gt", "0"]],
  ["WAIT_END", ["wait_end"]],
]);
