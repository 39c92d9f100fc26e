import type { Context, Definition } from "../definition.js";
import { custom, many } from "./builders.js";
import { http, levels, levelsAndIf, location, locationAndIf, main, stream } from "./contexts.js";

/** Contexts, the least and the most words, and the names of those that have them. */
type Row = readonly [contexts: readonly Context[], least: number, most: number, names: string];

/** Directives of modules that have nothing to do with balancing: known, and refused. */
function refused(note: string, rows: readonly Row[], block?: "words"): readonly Definition<undefined>[] {
  const kind = block === undefined ? {} : { block };
  return rows.flatMap(([contexts, least, most, names]) =>
    names.split(" ").map((name) =>
      custom<undefined>(name, contexts, [least, most], undefined, () => undefined, {
        status: "refused",
        note,
        ...kind,
      }),
    ),
  );
}

export const mail = refused("mail is not relayed", [[main, 0, 0, "mail"]], "words");

export const fastcgi = refused("FastCGI is not spoken", [
  [locationAndIf, 1, 1, "fastcgi_pass"],
  [
    levels,
    1,
    1,
    "fastcgi_index fastcgi_split_path_info fastcgi_store fastcgi_buffering fastcgi_request_buffering fastcgi_ignore_client_abort fastcgi_socket_keepalive fastcgi_connect_timeout fastcgi_send_timeout fastcgi_send_lowat fastcgi_buffer_size fastcgi_pass_request_headers fastcgi_pass_request_body fastcgi_intercept_errors fastcgi_read_timeout fastcgi_busy_buffers_size fastcgi_force_ranges fastcgi_limit_rate fastcgi_cache fastcgi_cache_key fastcgi_cache_min_uses fastcgi_cache_max_range_offset fastcgi_cache_lock fastcgi_cache_lock_timeout fastcgi_cache_lock_age fastcgi_cache_revalidate fastcgi_cache_background_update fastcgi_max_temp_file_size fastcgi_temp_file_write_size fastcgi_next_upstream_tries fastcgi_next_upstream_timeout fastcgi_pass_header fastcgi_hide_header fastcgi_catch_stderr fastcgi_keep_conn",
  ],
  [levels, 1, 3, "fastcgi_store_access"],
  [levels, 1, 2, "fastcgi_bind"],
  [levels, 2, 2, "fastcgi_buffers"],
  [http, 2, many, "fastcgi_cache_path"],
  [
    levels,
    1,
    many,
    "fastcgi_cache_bypass fastcgi_no_cache fastcgi_cache_valid fastcgi_cache_use_stale fastcgi_cache_methods fastcgi_next_upstream fastcgi_ignore_headers",
  ],
  [levels, 1, 4, "fastcgi_temp_path"],
  [levels, 2, 3, "fastcgi_param"],
]);

export const uwsgi = refused("uwsgi is not spoken", [
  [locationAndIf, 1, 1, "uwsgi_pass"],
  [
    levels,
    1,
    1,
    "uwsgi_modifier1 uwsgi_modifier2 uwsgi_store uwsgi_buffering uwsgi_request_buffering uwsgi_ignore_client_abort uwsgi_socket_keepalive uwsgi_connect_timeout uwsgi_send_timeout uwsgi_buffer_size uwsgi_pass_request_headers uwsgi_pass_request_body uwsgi_intercept_errors uwsgi_read_timeout uwsgi_busy_buffers_size uwsgi_force_ranges uwsgi_limit_rate uwsgi_cache uwsgi_cache_key uwsgi_cache_min_uses uwsgi_cache_max_range_offset uwsgi_cache_lock uwsgi_cache_lock_timeout uwsgi_cache_lock_age uwsgi_cache_revalidate uwsgi_cache_background_update uwsgi_max_temp_file_size uwsgi_temp_file_write_size uwsgi_next_upstream_tries uwsgi_next_upstream_timeout uwsgi_string uwsgi_pass_header uwsgi_hide_header uwsgi_ssl_session_reuse uwsgi_ssl_ciphers uwsgi_ssl_name uwsgi_ssl_server_name uwsgi_ssl_verify uwsgi_ssl_verify_depth uwsgi_ssl_trusted_certificate uwsgi_ssl_crl uwsgi_ssl_certificate uwsgi_ssl_certificate_key uwsgi_ssl_password_file",
  ],
  [levels, 1, 3, "uwsgi_store_access"],
  [levels, 1, 2, "uwsgi_bind"],
  [levels, 2, 2, "uwsgi_buffers uwsgi_ssl_conf_command"],
  [http, 2, many, "uwsgi_cache_path"],
  [
    levels,
    1,
    many,
    "uwsgi_cache_bypass uwsgi_no_cache uwsgi_cache_valid uwsgi_cache_use_stale uwsgi_cache_methods uwsgi_next_upstream uwsgi_ignore_headers uwsgi_ssl_protocols",
  ],
  [levels, 1, 4, "uwsgi_temp_path"],
  [levels, 2, 3, "uwsgi_param"],
]);

export const scgi = refused("SCGI is not spoken", [
  [locationAndIf, 1, 1, "scgi_pass"],
  [
    levels,
    1,
    1,
    "scgi_store scgi_buffering scgi_request_buffering scgi_ignore_client_abort scgi_socket_keepalive scgi_connect_timeout scgi_send_timeout scgi_buffer_size scgi_pass_request_headers scgi_pass_request_body scgi_intercept_errors scgi_read_timeout scgi_busy_buffers_size scgi_force_ranges scgi_limit_rate scgi_cache scgi_cache_key scgi_cache_min_uses scgi_cache_max_range_offset scgi_cache_lock scgi_cache_lock_timeout scgi_cache_lock_age scgi_cache_revalidate scgi_cache_background_update scgi_max_temp_file_size scgi_temp_file_write_size scgi_next_upstream_tries scgi_next_upstream_timeout scgi_pass_header scgi_hide_header",
  ],
  [levels, 1, 3, "scgi_store_access"],
  [levels, 1, 2, "scgi_bind"],
  [levels, 2, 2, "scgi_buffers"],
  [http, 2, many, "scgi_cache_path"],
  [
    levels,
    1,
    many,
    "scgi_cache_bypass scgi_no_cache scgi_cache_valid scgi_cache_use_stale scgi_cache_methods scgi_next_upstream scgi_ignore_headers",
  ],
  [levels, 1, 4, "scgi_temp_path"],
  [levels, 2, 3, "scgi_param"],
]);

export const memcached = refused("memcached is not spoken", [
  [locationAndIf, 1, 1, "memcached_pass"],
  [levels, 1, 2, "memcached_bind"],
  [
    levels,
    1,
    1,
    "memcached_socket_keepalive memcached_connect_timeout memcached_send_timeout memcached_buffer_size memcached_read_timeout memcached_next_upstream_tries memcached_next_upstream_timeout memcached_gzip_flag",
  ],
  [levels, 1, many, "memcached_next_upstream"],
]);

export const grpc = refused("gRPC is not spoken", [
  [locationAndIf, 1, 1, "grpc_pass"],
  [levels, 1, 2, "grpc_bind"],
  [
    levels,
    1,
    1,
    "grpc_socket_keepalive grpc_connect_timeout grpc_send_timeout grpc_intercept_errors grpc_buffer_size grpc_read_timeout grpc_next_upstream_tries grpc_next_upstream_timeout grpc_pass_header grpc_hide_header grpc_ssl_session_reuse grpc_ssl_ciphers grpc_ssl_name grpc_ssl_server_name grpc_ssl_verify grpc_ssl_verify_depth grpc_ssl_trusted_certificate grpc_ssl_crl grpc_ssl_certificate grpc_ssl_certificate_key grpc_ssl_password_file",
  ],
  [levels, 1, many, "grpc_next_upstream grpc_ignore_headers grpc_ssl_protocols"],
  [levels, 2, 2, "grpc_set_header grpc_ssl_conf_command"],
]);

export const dav = refused("files are not written", [
  [levels, 1, many, "dav_methods"],
  [levels, 1, 1, "create_full_put_path min_delete_depth"],
  [levels, 1, 3, "dav_access"],
]);

export const video = refused("videos are not cut", [
  [location, 0, 0, "flv mp4"],
  [levels, 1, 1, "mp4_buffer_size mp4_max_buffer_size mp4_start_key_frame"],
]);

export const ssi = refused("answers are not put together from parts", [
  [levelsAndIf, 1, 1, "ssi"],
  [
    levels,
    1,
    1,
    "ssi_silent_errors ssi_ignore_recycled_buffers ssi_min_file_chunk ssi_value_length ssi_last_modified",
  ],
  [levels, 1, many, "ssi_types"],
]);

export const userid = refused("clients get no cookies of their own", [
  [
    levels,
    1,
    1,
    "userid userid_service userid_name userid_domain userid_path userid_expires userid_p3p userid_mark",
  ],
  [levels, 1, 3, "userid_flags"],
]);

export const browser = refused("browsers are not told apart; a map of $http_user_agent does it", [
  [levels, 1, 2, "modern_browser"],
  [levels, 1, many, "ancient_browser"],
  [levels, 1, 1, "modern_browser_value ancient_browser_value"],
]);

export const geoip = refused("there is no database of addresses; geo does it by networks", [
  [http, 1, 2, "geoip_country geoip_org geoip_city"],
  [http, 1, 1, "geoip_proxy geoip_proxy_recursive"],
]);

export const perl = refused("there is no Perl", [
  [http, 1, 1, "perl_modules perl_require"],
  [[...location, "limit_except"], 1, 1, "perl"],
  [http, 2, 2, "perl_set"],
]);

export const xslt = refused("XML is not changed", [
  [levels, 1, 1, "xml_entities xslt_last_modified"],
  [location, 1, many, "xslt_stylesheet"],
  [levels, 2, 2, "xslt_param xslt_string_param"],
  [levels, 1, many, "xslt_types"],
]);

export const image = refused("images are not changed", [
  [location, 1, 3, "image_filter"],
  [
    levels,
    1,
    1,
    "image_filter_jpeg_quality image_filter_webp_quality image_filter_sharpen image_filter_transparency image_filter_interlace image_filter_buffer",
  ],
]);

export const streamGeoip = refused("there is no database of addresses; geo does it by networks", [
  [stream, 1, 2, "geoip_country geoip_org geoip_city"],
]);
