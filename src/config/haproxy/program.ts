/**
 * What this program says it is, where files, tests and people ask HAProxy for its version and what it was built with: `-v`, `-vv`, `.if version_atleast(…)`,
 * `.if feature(…)`, `show info`, the stats page.
 */
export const haproxyVersion = "2.6.12";
export const haproxyRelease = `${haproxyVersion}-rondo`;
export const haproxyReleaseDate = "2026/11/21";

/** 2.6's build options by their names without "USE_", and whether what they stand for is there. */
export const haproxyFeatures: ReadonlyMap<string, boolean> = new Map([
  ["51DEGREES", false],
  ["ACCEPT4", true],
  ["BACKTRACE", true],
  ["CLOSEFROM", false],
  ["CPU_AFFINITY", false],
  ["CRYPT_H", true],
  ["DEVICEATLAS", false],
  ["DL", false],
  ["ENGINE", false],
  ["EPOLL", true],
  ["EVPORTS", false],
  ["GETADDRINFO", true],
  ["KQUEUE", false],
  ["LIBCRYPT", true],
  ["LINUX_SPLICE", false],
  ["LINUX_TPROXY", true],
  ["LUA", false],
  ["MEMORY_PROFILING", false],
  ["NETFILTER", true],
  ["NS", false],
  ["OBSOLETE_LINKER", false],
  ["OPENSSL", true],
  ["OT", false],
  ["PCRE", false],
  ["PCRE2", true],
  ["PCRE2_JIT", false],
  ["PCRE_JIT", false],
  ["POLL", true],
  ["PRCTL", true],
  ["PROCCTL", false],
  ["PROMEX", true],
  ["QUIC", false],
  ["RT", true],
  ["SLZ", false],
  ["STATIC_PCRE", false],
  ["STATIC_PCRE2", false],
  ["SYSTEMD", true],
  ["TFO", true],
  ["THREAD", true],
  ["THREAD_DUMP", false],
  ["TPROXY", true],
  ["WURFL", false],
  ["ZLIB", true],
]);

/** What `use-service` and `Available services` know. */
export const haproxyServices: readonly string[] = ["prometheus-exporter"];
