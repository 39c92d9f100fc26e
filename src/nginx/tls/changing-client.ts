import { type ClientTls, makeTlsClient, type TlsClientSettings } from "../../proxy/index.js";
import type { Compiled } from "../script/compile.js";
import type { Subject } from "../variables/subject.js";
import { readPairs } from "./pairs.js";

/** So many certificates are kept ready; each has its own sessions. */
const most = 100;

/** TLS towards servers by a request or session; `always`: what doesn't depend on one, without a certificate whose file does. */
export interface ClientOf<S> {
  /** @throws what reading files throws, and OpenSSL's errors */
  (subject: S): ClientTls;
  readonly always: ClientTls;
}

/** One that is always the same. */
export const unchangingClient = <S>(client: ClientTls): ClientOf<S> =>
  Object.assign(() => client, { always: client });

/**
 * TLS towards servers with a certificate whose file is known only of a request (proxy_ssl_certificate with variables). A name that is empty stands for none.
 * @param readText reads a file; what it throws, and OpenSSL's errors, are the returned function's
 */
export function changingClient<S extends Subject>(
  settings: TlsClientSettings,
  texts: { readonly certificate: Compiled<S>; readonly key: Compiled<S> },
  passwords: string | undefined,
  readText: (path: string) => string,
): ClientOf<S> {
  const made = new Map<string, ClientTls>();
  const of = (subject: S): ClientTls => {
    const certificate = texts.certificate.value(subject);
    const key = texts.key.value(subject);
    const [pair] =
      certificate === "" ? [] : readPairs({ certificates: [certificate], keys: [key] }, passwords, readText);
    // By what stands in the files: they may be replaced.
    const name = pair === undefined ? "" : `${pair.cert}\n${pair.key}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const client = makeTlsClient({ ...settings, certificate: pair });
    if (made.size >= most) made.clear();
    made.set(name, client);
    return client;
  };
  return Object.assign(of, { always: makeTlsClient(settings) });
}
