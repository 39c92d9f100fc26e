import type { TlsSettings, TlsVersion } from "../../config/haproxy/model/index.js";
import type { TlsVersionName } from "../../proxy/index.js";

const order: readonly TlsVersion[] = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** What Node calls it. It has no SSLv3: TLS 1.0 stands for it. */
export const versionName = (version: TlsVersion): TlsVersionName =>
  version === "TLSv1.1" || version === "TLSv1.2" || version === "TLSv1.3" ? version : "TLSv1";

/** The oldest and newest version: a line's own, else those of ssl-default-*-options. */
export function tlsVersions(
  tls: Pick<TlsSettings, "minVersion" | "maxVersion">,
  options: readonly string[],
): [TlsVersionName, TlsVersionName] {
  const after = (word: string) => options[options.indexOf(word) + 1] as TlsVersion | undefined;
  const said = (word: string) => (options.includes(word) ? after(word) : undefined);
  const forced = options
    .map((word) => /^force-(?:sslv3|tlsv1([0-3]))$/.exec(word)?.[1])
    .find((digit) => digit !== undefined);
  const without = options.flatMap((word) => /^no-tlsv1([0-3])$/.exec(word)?.[1] ?? []);
  const force = forced === undefined ? undefined : (`TLSv1.${forced}` as TlsVersion);
  let oldest = tls.minVersion ?? force ?? said("ssl-min-ver") ?? "TLSv1.2";
  let newest = tls.maxVersion ?? force ?? said("ssl-max-ver") ?? "TLSv1.3";
  while (tls.minVersion === undefined && without.includes(oldest.slice(-1)) && oldest !== newest)
    oldest = order[order.indexOf(oldest) + 1]!;
  while (tls.maxVersion === undefined && without.includes(newest.slice(-1)) && oldest !== newest)
    newest = order[order.indexOf(newest) - 1]!;
  if (order.indexOf(newest) < order.indexOf(oldest)) oldest = newest;
  return [versionName(oldest), versionName(newest)];
}
