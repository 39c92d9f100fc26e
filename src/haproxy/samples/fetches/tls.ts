import type { TlsInfo } from "../../../proxy/index.js";
import type { Fetched, SampleContext } from "../../run/index.js";
import {
  type Certificate,
  entryValue,
  type NameEntry,
  oneLine,
  parseCertificate,
  rfc2253,
} from "../certificate.js";
import { type Fetches, type MakeFetch, number, text } from "../registry.js";
import { bin, bool, no, sint, str, strOrNone } from "../value.js";

type Tls = (context: SampleContext) => TlsInfo | undefined;
const client: Tls = ({ session }) => session?.info.tls;
const server: Tls = ({ stream }) => stream?.serverInfo?.tls;

const ofTls =
  (tls: Tls, read: (info: TlsInfo) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const info = tls(context);
    return info && read(info);
  };

const binary = (value: Buffer | undefined): Fetched => value && bin(value);
const integer = (value: number | undefined): Fetched => (value === undefined ? undefined : sint(value));

/** Of a certificate: the peer's, or the one that was shown to it. */
const ofCertificate =
  (tls: Tls, which: "peer" | "own", read: (certificate: Certificate, der: Buffer) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const info = tls(context);
    const der = which === "peer" ? info?.peerCertificate : info?.ownCertificate;
    const certificate = der && parseCertificate(der);
    return der && certificate && read(certificate, der);
  };

/** `ssl_c_s_dn([entry[,occurrence[,format]]])` */
const distinguishedName =
  (tls: Tls, which: "peer" | "own", of: (certificate: Certificate) => readonly NameEntry[]): MakeFetch =>
  (arguments_, environment, name) => {
    const entry = text(arguments_, 0) ?? "";
    const at = number(arguments_, 1) ?? 1;
    const format = text(arguments_, 2) ?? "";
    const read = (certificate: Certificate): Fetched => {
      const entries = of(certificate);
      if (entry !== "") return strOrNone(entryValue(entries, entry, at));
      if (entries.length === 0 || (format !== "" && format !== "rfc2253")) return undefined;
      return str(format === "" ? oneLine(entries) : rfc2253(entries));
    };
    return ofCertificate(tls, which, read)(arguments_, environment, name);
  };

/** ssl_c_*, ssl_f_* and ssl_s_*. */
const certificateFetches = (prefix: string, tls: Tls, which: "peer" | "own"): Fetches =>
  Object.fromEntries(
    Object.entries<MakeFetch>({
      der: ofCertificate(tls, which, (_, der) => bin(der)),
      i_dn: distinguishedName(tls, which, ({ issuer }) => issuer),
      s_dn: distinguishedName(tls, which, ({ subject }) => subject),
      key_alg: ofCertificate(tls, which, ({ keyAlgorithm }) => str(keyAlgorithm)),
      sig_alg: ofCertificate(tls, which, ({ signatureAlgorithm }) => str(signatureAlgorithm)),
      notafter: ofCertificate(tls, which, ({ notAfter }) => str(notAfter)),
      notbefore: ofCertificate(tls, which, ({ notBefore }) => str(notBefore)),
      serial: ofCertificate(tls, which, ({ serial }) => bin(serial)),
      sha1: ofCertificate(tls, which, ({ sha1 }) => bin(sha1)),
      version: ofCertificate(tls, which, ({ version }) => sint(version)),
    }).map(([name, make]) => [`${prefix}_${name}`, make]),
  );

const chain = (tls: Tls): MakeFetch =>
  ofTls(tls, ({ peerChain }) => (peerChain.length > 0 ? bin(Buffer.concat(peerChain)) : undefined));

/** ssl_fc_* and ssl_bc_*. */
const connectionFetches = (prefix: "ssl_fc" | "ssl_bc", tls: Tls): Fetches => ({
  [prefix]: () => (context) => bool(tls(context) !== undefined),
  [`${prefix}_alg_keysize`]: ofTls(tls, ({ keyBits }) => integer(keyBits)),
  [`${prefix}_use_keysize`]: ofTls(tls, ({ keyBits }) => integer(keyBits)),
  [`${prefix}_alpn`]: ofTls(tls, ({ alpn }) => strOrNone(alpn)),
  [`${prefix}_cipher`]: ofTls(tls, ({ cipher }) => str(cipher)),
  [`${prefix}_protocol`]: ofTls(tls, ({ protocol }) => str(protocol)),
  [`${prefix}_is_resumed`]: () => (context) => bool(tls(context)?.resumed === true),
  [`${prefix}_session_id`]: ofTls(tls, ({ sessionId }) => binary(sessionId)),
  [`${prefix}_client_random`]: ofTls(tls, ({ clientRandom }) => binary(clientRandom)),
  [`${prefix}_err`]: ofTls(tls, ({ error }) => sint(error?.number ?? 0)),
  [`${prefix}_err_str`]: ofTls(tls, ({ error }) => strOrNone(error?.text)),
});

/** A connection that wasn't made (yet) is of TLS where it was to be. */
const toBeTls = ({ stream }: SampleContext): boolean =>
  stream?.serverInfo !== undefined && stream.serverError !== 0 && stream.server?.section.ssl !== undefined;

export const tlsFetches: Fetches = {
  ...connectionFetches("ssl_fc", client),
  ...connectionFetches("ssl_bc", server),
  ssl_bc: () => (context) => bool(server(context) !== undefined || toBeTls(context)),
  ...certificateFetches("ssl_c", client, "peer"),
  ...certificateFetches("ssl_f", client, "own"),
  ...certificateFetches("ssl_s", server, "peer"),
  ssl_c_chain_der: chain(client),
  ssl_s_chain_der: chain(server),
  ssl_c_used: ofTls(client, ({ peerCertificate }) => bool(peerCertificate !== undefined)),
  ssl_c_verify: ofTls(client, ({ verifyError }) => sint(verifyError)),
  ssl_c_err: ofTls(client, ({ certificateError }) => sint(certificateError ?? 0)),
  ssl_c_ca_err: ofTls(client, ({ authorityError }) => sint(authorityError?.number ?? 0)),
  ssl_c_ca_err_depth: ofTls(client, ({ authorityError }) => sint(authorityError?.depth ?? 0)),
  ssl_fc_has_crt: ofTls(client, ({ peerCertificate }) => bool(peerCertificate !== undefined)),
  ssl_fc_has_early: ofTls(client, () => no),
  ssl_fc_has_sni: () => (context) => bool(client(context)?.serverName !== undefined),
  ssl_fc_sni: ofTls(client, ({ serverName }) => strOrNone(serverName)),
};
