import { later, type SampleContext } from "../../run/index.js";
import { fromBase64 } from "../converters/encodings.js";
import { firstValue } from "../header-values.js";
import { requestHead } from "../http-view.js";
import { type Fetches, type MakeFetch, text } from "../registry.js";
import { isUser } from "../users.js";
import { bool, str } from "../value.js";

export interface Credentials {
  readonly type: "Basic" | "Bearer";
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

/** What the Authorization field says (RFC 7617 and 6750); Proxy-Authorization of requests to a proxy with http-use-proxy-header. */
export function credentialsOf(context: SampleContext): Credentials | undefined | typeof later {
  const head = requestHead(context);
  if (head === later || head === undefined) return head;
  const toProxy =
    context.stream?.frontend.section.options.httpUseProxyHeader === true && !/^[/*]/.test(head.target);
  const value = firstValue(head.headers, toProxy ? "proxy-authorization" : "authorization");
  const match = /^([^ ]+) +([\s\S]*)$/.exec(value ?? "");
  if (!match) return undefined;
  const scheme = (match[1] as string).toLowerCase();
  const token = match[2] as string;
  if (scheme === "bearer") return { type: "Bearer", user: "", password: "", token };
  if (scheme !== "basic") return undefined;
  const decoded = fromBase64(token)?.toString("latin1").split("\0", 1)[0];
  const colon = decoded?.indexOf(":") ?? -1;
  if (decoded === undefined || colon < 0) return undefined;
  return { type: "Basic", user: decoded.slice(0, colon), password: decoded.slice(colon + 1), token };
}

const ofCredentials =
  (read: (credentials: Credentials) => string | undefined): MakeFetch =>
  () =>
  (context) => {
    const credentials = credentialsOf(context);
    if (credentials === later || credentials === undefined) return credentials;
    const value = read(credentials);
    return value === undefined ? undefined : str(value);
  };

/** Of a user of a list with the right password: true, or the user's name. */
const user =
  (give: "verdict" | "name"): MakeFetch =>
  (arguments_, environment) => {
    const name = text(arguments_, 0);
    return (context) => {
      const credentials = credentialsOf(context);
      if (credentials === later || credentials === undefined) return credentials;
      const list = environment.process.config.userlists.find((each) => each.name === name);
      if (credentials.type !== "Basic" || list === undefined) return undefined;
      const right = isUser(list, credentials.user, credentials.password);
      if (give === "verdict") return bool(right);
      return right ? str(credentials.user) : undefined;
    };
  };

const bearer: MakeFetch = (arguments_) => {
  const field = text(arguments_, 0)?.toLowerCase();
  return (context) => {
    if (field === undefined) {
      const credentials = credentialsOf(context);
      if (credentials === later || credentials === undefined) return credentials;
      return credentials.type === "Bearer" ? str(credentials.token) : undefined;
    }
    const head = requestHead(context);
    if (head === later || head === undefined) return head;
    return str(/^bearer +([\s\S]+)$/i.exec(firstValue(head.headers, field) ?? "")?.[1] ?? "");
  };
};

export const authFetches: Fetches = {
  http_auth: user("verdict"),
  http_auth_group: user("name"),
  http_auth_type: ofCredentials(({ type }) => type),
  http_auth_user: ofCredentials(({ type, user: name }) => (type === "Basic" ? name : undefined)),
  http_auth_pass: ofCredentials(({ type, password }) => (type === "Basic" ? password : undefined)),
  http_auth_bearer: bearer,
};
