/** What this program says it is where files, tests and people ask nginx for its version and what it was built with: `-v`, `-V`, `$nginx_version`, `Server:`. */
export const nginxVersion = "1.22.1";

/** Where the configuration is looked for. */
export const defaultConfig = "/etc/nginx/nginx.conf";

/** nginx's options for what isn't built by default, and is there. */
const withModules =
  "threads http_ssl_module http_v2_module http_realip_module http_addition_module http_sub_module http_gunzip_module http_gzip_static_module http_auth_request_module http_random_index_module http_secure_link_module http_slice_module http_stub_status_module stream stream_ssl_module stream_realip_module stream_ssl_preread_module";

/** And for what is, and isn't there. */
const withoutModules =
  "http_ssi_module http_userid_module http_fastcgi_module http_uwsgi_module http_scgi_module http_grpc_module http_memcached_module http_browser_module";

const each = (kind: string, names: string) => names.split(" ").map((name) => `--${kind}-${name}`);

/** What `-V` prints as "configure arguments". */
export const configureArguments = [
  "--prefix=/usr/share/nginx",
  `--conf-path=${defaultConfig}`,
  "--error-log-path=stderr",
  ...each("with", withModules),
  ...each("without", withoutModules),
].join(" ");
