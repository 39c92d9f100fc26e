import { done, type Keyword, table } from "./keyword.js";

const suggested = done(
  "httpclose | closes the connection after each answer",
  "http-server-close | keeps the client's connection, closes the server's",
  "http-keep-alive | keeps both | of mode http",
  "redispatch [N] | another server where the chosen one can't be reached: after every Nth, or the last (-1) try",
  "httplog [clf] | log lines of HTTP",
  "tcplog | log lines of TCP",
  "tcpka | TCP keep-alive towards both sides",
  "httpchk [METHOD] [URI] [VERSION] | checks by HTTP | OPTIONS / HTTP/1.0",
  "ssl-hello-chk | checks by an SSLv3 hello",
  "smtpchk [HELO|EHLO DOMAIN] | checks by SMTP | HELO localhost",
  "pgsql-check user NAME | checks by PostgreSQL",
  "redis-check | checks by Redis' PING",
  "mysql-check [user NAME [post-41|pre-41]] | checks by MySQL",
  "ldap-check | checks by LDAPv3's anonymous bind",
  "spop-check | checks by SPOP's hello",
  "tcp-check | checks by steps of [tcp-check](#http-check-and-tcp-check)",
  "external-check | checks by a program",
  "forwardfor [except NETWORK] [header NAME] [if-none] | adds the client's address in a header | x-forwarded-for",
);
const others = done(
  "originalto [except NETWORK] [header NAME] | adds the address that the client went to | x-original-to",
  "httpslog | log lines of HTTP and TLS",
  "http-restrict-req-hdr-names preserve|reject|delete | header names with other letters than A-Z a-z 0-9 and - | preserve",
);

/** Options with words of their own, and what they are for. */
export const otherOptions: ReadonlyMap<string, Keyword> = table(suggested, others);

/** Those that HAProxy suggests for mistyped ones, as it writes them. */
export const suggestedOptions: readonly string[] = [...suggested.map((one) => one.name), "original-to"];
