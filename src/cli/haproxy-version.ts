import os from "node:os";
import {
  haproxyFeatures,
  haproxyRelease,
  haproxyReleaseDate,
  haproxyServices,
} from "../config/haproxy/program.js";

/** What `-v` prints, and the usage begins with. */
export function versionText(): string {
  return [
    `HAProxy version ${haproxyRelease} ${haproxyReleaseDate} - Rondo, HAProxy's role in TypeScript`,
    "Status: does what 2.6 does; `rondo haproxy` in docs/manual says where it differs.",
    `Running on: ${os.type()} ${os.release()} ${os.version()} ${os.machine()}`,
    "",
  ].join("\n");
}

/** What `-vv` prints: scripts look for TARGET, Feature list and Available services. */
export function buildText(threads: number): string {
  const features = [...haproxyFeatures].map(([name, there]) => `${there ? "+" : "-"}${name}`).join(" ");
  const { openssl, zlib, v8, uv } = process.versions;
  return `${versionText()}Build options :
  TARGET  = linux-glibc
  CPU     = ${process.arch}
  CC      = none: TypeScript, run by Node ${process.version} (V8 ${v8}, libuv ${uv})
  OPTIONS = 

Feature list : ${features}

Default settings :
  bufsize = 16384, maxrewrite = 1024, maxpollevents = 1024

Built with multi-threading support (MAX_THREADS=64, default=${threads}).
Built with OpenSSL version : OpenSSL ${openssl}
Running on OpenSSL version : OpenSSL ${openssl}
OpenSSL library supports TLS extensions : yes
OpenSSL library supports SNI : yes
OpenSSL library supports : TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3
Built with the Prometheus exporter as a service
Built with zlib version : ${zlib}
Compression algorithms supported : identity("identity"), deflate("deflate"), raw-deflate("deflate"), gzip("gzip")
Built with transparent proxy support using: IP_TRANSPARENT IPV6_TRANSPARENT IP_FREEBIND
Built with PCRE2 version : none; RE2's syntax by re2js, in linear time
PCRE2 library supports JIT : no
Encrypted password support via crypt(3): yes

Available polling systems :
      epoll : pref=300,  test result OK
Total: 1 (1 usable), will use epoll.

Available multiplexer protocols :
(protocols marked as <default> cannot be specified using 'proto' keyword)
         h2 : mode=HTTP  side=FE|BE  mux=H2    flags=HTX|HOL_RISK|NO_UPG
  <default> : mode=HTTP  side=FE|BE  mux=H1    flags=HTX
         h1 : mode=HTTP  side=FE|BE  mux=H1    flags=HTX|NO_UPG
  <default> : mode=TCP   side=FE|BE  mux=PASS  flags=
       none : mode=TCP   side=FE|BE  mux=PASS  flags=NO_UPG

Available services : ${haproxyServices.join(" ")}
Available filters :
	[CACHE] cache
	[COMP] compression

`;
}
