import type { AclTerm, Argument, Call, MatchMethod, Place } from "../../config/haproxy/model/index.js";

type Definition = readonly [
  fetch: string,
  method: MatchMethod,
  patterns?: readonly string[],
  arguments_?: readonly Argument[],
];

/** ACLs that are there without being defined (acl.c, default_acl_list). */
const definitions: Readonly<Record<string, Definition>> = {
  TRUE: ["always_true", "bool"],
  FALSE: ["always_false", "bool"],
  LOCALHOST: ["src", "ip", ["127.0.0.1/8", "::1"]],
  HTTP: ["req.proto_http", "bool"],
  "HTTP_1.0": ["req.ver", "str", ["1.0"]],
  "HTTP_1.1": ["req.ver", "str", ["1.1"]],
  "HTTP_2.0": ["req.ver", "str", ["2.0"]],
  METH_CONNECT: ["method", "str", ["CONNECT"]],
  METH_DELETE: ["method", "str", ["DELETE"]],
  METH_GET: ["method", "str", ["GET", "HEAD"]],
  METH_HEAD: ["method", "str", ["HEAD"]],
  METH_OPTIONS: ["method", "str", ["OPTIONS"]],
  METH_POST: ["method", "str", ["POST"]],
  METH_PUT: ["method", "str", ["PUT"]],
  METH_TRACE: ["method", "str", ["TRACE"]],
  HTTP_URL_ABS: ["url", "reg", ["^[^/:]*://"]],
  HTTP_URL_SLASH: ["url", "beg", ["/"]],
  HTTP_URL_STAR: ["url", "str", ["*"]],
  HTTP_CONTENT: ["req.hdr_val", "int", ["gt 0"], [{ kind: "str", value: "content-length" }]],
  RDP_COOKIE: ["req.rdp_cookie_cnt", "int", ["gt 0"]],
  REQ_CONTENT: ["req.len", "int", ["gt 0"]],
  WAIT_END: ["wait_end", "bool"],
};

export const predefinedAcls: readonly string[] = Object.keys(definitions);

const made = new Map<string, readonly AclTerm[]>();

/** The lines of a predefined ACL; none of one that isn't. */
export function predefined(name: string, place: Place): readonly AclTerm[] {
  const definition = definitions[name];
  if (!definition) return [];
  const known = made.get(name);
  if (known) return known;
  const [fetch, method, patterns = [], arguments_ = []] = definition;
  const call: Call = { name: fetch, arguments: arguments_, place };
  const term: AclTerm = {
    expression: { text: fetch, fetch: call, converters: [], type: "str", place },
    method,
    ignoreCase: false,
    noDns: false,
    uniqueId: undefined,
    asMap: false,
    patterns: patterns.map((text) => ({ text, place })),
    files: [],
    place,
  };
  made.set(name, [term]);
  return [term];
}
