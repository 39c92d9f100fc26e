import { done, inContext, withoutEffect } from "./keyword.js";
import { says } from "./says.js";

const timing = [
  done("delay_loop", "SECONDS"),
  done("retry", "NUMBER"),
  done("delay_before_retry", "SECONDS"),
  done("warmup", "SECONDS"),
  done("connect_timeout", "SECONDS"),
];

/** Keywords of virtual_server. */
export const virtualServerKeywords = inContext("virtual_server", [
  done("ip_family", "inet|inet6"),
  ...timing,
  done("inhibit_on_failure"),
  done("lb_algo", "SCHEDULER"),
  done("lvs_sched", "SCHEDULER"),
  done("lb_kind", "NAT|DR|TUN [type TYPE] [port PORT] ..."),
  done("lvs_method", "NAT|DR|TUN [type TYPE] [port PORT] ..."),
  done("hashed"),
  done("ops"),
  ...["flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback"].map((name) =>
    done(name),
  ),
  done("persistence_engine", "NAME"),
  done("persistence_timeout", "[SECONDS]"),
  done("persistence_granularity", "NETMASK|LENGTH"),
  done("protocol", "TCP|UDP|SCTP"),
  done("ha_suspend"),
  done("smtp_alert", "[on|off]"),
  done("virtualhost", "NAME", { missing: "virtual server virtualhost missing" }),
  withoutEffect("snmp_name", "NAME", says.snmp, {
    missing: "virtual server snmp_name missing or extra parameters",
  }),
  done("alpha"),
  done("omega"),
  done("quorum_up", "COMMAND [USER [GROUP]]"),
  done("quorum_down", "COMMAND [USER [GROUP]]"),
  done("quorum", "NUMBER"),
  done("hysteresis", "NUMBER"),
  done("weight", "NUMBER"),
  done("sorry_server", "ADDRESS [PORT]"),
  done("sorry_server_inhibit"),
  done("sorry_server_lvs_method", "NAT|DR|TUN [type TYPE] [port PORT] ..."),
  done("real_server", "ADDRESS [PORT]", { block: "real_server" }),
]);

const checks = [
  "TCP_CHECK",
  "SMTP_CHECK",
  "DNS_CHECK",
  "MISC_CHECK",
  "PING_CHECK",
  "UDP_CHECK",
  "FILE_CHECK",
  "BFD_CHECK",
] as const;

/** Keywords of real_server. */
export const realServerKeywords = inContext("real_server", [
  done("weight", "NUMBER"),
  done("lvs_method", "NAT|DR|TUN [type TYPE] [port PORT] ..."),
  done("uthreshold", "NUMBER"),
  done("lthreshold", "NUMBER"),
  done("inhibit_on_failure", "[on|off]"),
  done("notify_up", "COMMAND [USER [GROUP]]"),
  done("notify_down", "COMMAND [USER [GROUP]]"),
  done("alpha", "[on|off]"),
  ...timing,
  done("smtp_alert", "[on|off]"),
  done("virtualhost", "NAME", { missing: "real server virtualhost missing" }),
  withoutEffect("snmp_name", "NAME", says.snmp, {
    missing: "real server snmp_name missing or extra parameters",
  }),
  done("HTTP_GET", "", { block: "HTTP_GET" }),
  done("SSL_GET", "", { block: "HTTP_GET" }),
  ...checks.map((name) => done(name, "", { block: name })),
]);

/** Keywords of SSL. */
export const sslKeywords = inContext("SSL", [
  done("password", "PASSWORD", { missing: "SSL password missing" }),
  done("ca", "PATH", { missing: "SSL cafile missing" }),
  done("certificate", "PATH", { missing: "SSL certfile missing" }),
  done("key", "PATH", { missing: "SSL keyfile missing" }),
]);
