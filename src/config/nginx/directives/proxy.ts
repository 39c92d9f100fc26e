import type { ProxyPass, Template } from "../model/index.js";
import {
  type CachePath,
  type CacheValid,
  readCachePath,
  readCacheValid,
  readProxyCache,
} from "../readers/cache.js";
import { readTemporaryPath } from "../readers/files.js";
import {
  type CookieFlags,
  type ProxyBind,
  type RewriteRules,
  readCookieDomain,
  readCookieFlags,
  readCookiePath,
  readProxyBind,
  readProxyPass,
  readProxyRedirect,
} from "../readers/proxy.js";
import { readConfigPath } from "../readers/tls.js";
import { templateOnce, wordOnce, wordsOnce } from "../readers/words.js";
import {
  buffers,
  choice,
  choices,
  custom,
  flag,
  many,
  milliseconds,
  number,
  offset,
  pairs,
  predicates,
  size,
  template,
  text,
  texts,
} from "./builders.js";
import { http, levels, locationIfAndLimit } from "./contexts.js";
import { locationBlock } from "./http.js";
import { absent, busy, node, store, tables } from "./notes.js";

// ngx_http_proxy_module.
export const proxyPass = custom<ProxyPass | undefined>(
  "proxy_pass",
  locationIfAndLimit,
  [1, 1],
  undefined,
  (statement, block, before) => readProxyPass(statement, block, before, block.own(locationBlock)),
);
export const proxyRedirect = custom<RewriteRules | undefined>(
  "proxy_redirect",
  levels,
  [1, 2],
  undefined,
  (statement, block, before) => readProxyRedirect(statement, before, block.own(proxyPass)),
);
export const proxyCookieDomain = custom<RewriteRules | undefined>(
  "proxy_cookie_domain",
  levels,
  [1, 2],
  undefined,
  readCookieDomain,
);
export const proxyCookiePath = custom<RewriteRules | undefined>(
  "proxy_cookie_path",
  levels,
  [1, 2],
  undefined,
  readCookiePath,
);
export const proxyCookieFlags = custom<readonly CookieFlags[] | undefined>(
  "proxy_cookie_flags",
  levels,
  [1, 4],
  undefined,
  readCookieFlags,
);
export const proxyStore = custom<string | undefined>(
  "proxy_store",
  levels,
  [1, 1],
  undefined,
  wordOnce,
  store,
);
export const proxyStoreAccess = custom<readonly string[] | undefined>(
  "proxy_store_access",
  levels,
  [1, 3],
  undefined,
  wordsOnce,
  store,
);
export const proxyBuffering = flag("proxy_buffering", levels, true);
export const proxyRequestBuffering = flag("proxy_request_buffering", levels, true);
export const proxyIgnoreClientAbort = flag("proxy_ignore_client_abort", levels, false);
export const proxyBind = custom<ProxyBind | undefined>(
  "proxy_bind",
  levels,
  [1, 2],
  undefined,
  readProxyBind,
);
export const proxySocketKeepalive = flag("proxy_socket_keepalive", levels, false);
export const proxyConnectTimeout = milliseconds("proxy_connect_timeout", levels, 60000);
export const proxySendTimeout = milliseconds("proxy_send_timeout", levels, 60000);
export const proxySendLowat = size("proxy_send_lowat", levels, 0, node);
export const proxyInterceptErrors = flag("proxy_intercept_errors", levels, false);
export const proxySetHeader = pairs("proxy_set_header", levels);
export const proxyHeadersHashMaxSize = number("proxy_headers_hash_max_size", levels, 512, tables);
export const proxyHeadersHashBucketSize = number("proxy_headers_hash_bucket_size", levels, 64, tables);
export const proxySetBody = text("proxy_set_body", levels);
export const proxyMethod = template("proxy_method", levels);
export const proxyPassRequestHeaders = flag("proxy_pass_request_headers", levels, true);
export const proxyPassRequestBody = flag("proxy_pass_request_body", levels, true);
export const proxyBufferSize = size("proxy_buffer_size", levels, 4096);
export const proxyReadTimeout = milliseconds("proxy_read_timeout", levels, 60000);
export const proxyBuffers = buffers("proxy_buffers", levels, { count: 8, size: 4096 });
export const proxyBusyBuffersSize = size("proxy_busy_buffers_size", levels, undefined, busy);
export const proxyForceRanges = flag("proxy_force_ranges", levels, false, absent);
export const proxyLimitRate = size("proxy_limit_rate", levels, 0);
export const proxyCache = custom<Template | undefined>(
  "proxy_cache",
  levels,
  [1, 1],
  undefined,
  (statement, block, before) => readProxyCache(statement, before, block),
  absent,
);
export const proxyCacheKey = custom<Template | undefined>(
  "proxy_cache_key",
  levels,
  [1, 1],
  undefined,
  templateOnce,
  absent,
);
export const proxyCachePath = custom<readonly CachePath[]>(
  "proxy_cache_path",
  http,
  [2, many],
  [],
  readCachePath,
  absent,
);
export const proxyCacheBypass = predicates("proxy_cache_bypass", levels, absent);
export const proxyNoCache = predicates("proxy_no_cache", levels, absent);
export const proxyCacheValid = custom<readonly CacheValid[] | undefined>(
  "proxy_cache_valid",
  levels,
  [1, many],
  undefined,
  readCacheValid,
  absent,
);
export const proxyCacheMinUses = number("proxy_cache_min_uses", levels, 1, absent);
export const proxyCacheMaxRangeOffset = offset(
  "proxy_cache_max_range_offset",
  levels,
  Number.MAX_SAFE_INTEGER,
  absent,
);
export const proxyCacheUseStale = choices(
  "proxy_cache_use_stale",
  levels,
  ["off"],
  [
    "error",
    "timeout",
    "invalid_header",
    "non_idempotent",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "http_403",
    "http_404",
    "http_429",
    "updating",
    "off",
  ],
  absent,
);
export const proxyCacheMethods = choices(
  "proxy_cache_methods",
  levels,
  ["GET", "HEAD"],
  ["GET", "HEAD", "POST"],
  absent,
);
export const proxyCacheLock = flag("proxy_cache_lock", levels, false, absent);
export const proxyCacheLockTimeout = milliseconds("proxy_cache_lock_timeout", levels, 5000, absent);
export const proxyCacheLockAge = milliseconds("proxy_cache_lock_age", levels, 5000, absent);
export const proxyCacheRevalidate = flag("proxy_cache_revalidate", levels, false, absent);
export const proxyCacheConvertHead = flag("proxy_cache_convert_head", levels, true, absent);
export const proxyCacheBackgroundUpdate = flag("proxy_cache_background_update", levels, false, absent);
export const proxyTempPath = custom<string | undefined>(
  "proxy_temp_path",
  levels,
  [1, 4],
  undefined,
  (statement, _block, before, reading) => readTemporaryPath(statement, before, reading),
);
export const proxyMaxTempFileSize = size("proxy_max_temp_file_size", levels, undefined);
export const proxyTempFileWriteSize = size("proxy_temp_file_write_size", levels, undefined, busy);
export const proxyNextUpstream = choices(
  "proxy_next_upstream",
  levels,
  ["error", "timeout"],
  [
    "error",
    "timeout",
    "invalid_header",
    "non_idempotent",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "http_403",
    "http_404",
    "http_429",
    "updating",
    "off",
  ],
);
export const proxyNextUpstreamTries = number("proxy_next_upstream_tries", levels, 0);
export const proxyNextUpstreamTimeout = milliseconds("proxy_next_upstream_timeout", levels, 0);
export const proxyPassHeader = texts("proxy_pass_header", levels);
export const proxyHideHeader = texts("proxy_hide_header", levels);
export const proxyIgnoreHeaders = choices(
  "proxy_ignore_headers",
  levels,
  [],
  [
    "X-Accel-Redirect",
    "X-Accel-Expires",
    "X-Accel-Limit-Rate",
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "Expires",
    "Cache-Control",
    "Set-Cookie",
    "Vary",
  ],
);
export const proxyHttpVersion = choice("proxy_http_version", levels, "1.0", ["1.0", "1.1"]);
export const proxySslSessionReuse = flag("proxy_ssl_session_reuse", levels, true);
export const proxySslProtocols = choices(
  "proxy_ssl_protocols",
  levels,
  ["TLSv1", "TLSv1.1", "TLSv1.2"],
  ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
);
export const proxySslCiphers = text("proxy_ssl_ciphers", levels, "DEFAULT");
export const proxySslName = template("proxy_ssl_name", levels);
export const proxySslServerName = flag("proxy_ssl_server_name", levels, false);
export const proxySslVerify = flag("proxy_ssl_verify", levels, false);
export const proxySslVerifyDepth = number("proxy_ssl_verify_depth", levels, 1);
export const proxySslTrustedCertificate = text("proxy_ssl_trusted_certificate", levels);
export const proxySslCrl = text("proxy_ssl_crl", levels);
export const proxySslCertificate = template("proxy_ssl_certificate", levels);
export const proxySslCertificateKey = template("proxy_ssl_certificate_key", levels);
export const proxySslPasswordFile = custom<string | undefined>(
  "proxy_ssl_password_file",
  levels,
  [1, 1],
  undefined,
  readConfigPath,
);
export const proxySslConfCommand = pairs("proxy_ssl_conf_command", levels);
