import { differs, done, inContext, withoutEffect } from "./keyword.js";
import { says } from "./says.js";

/** Keywords of the file itself. */
export const rootKeywords = inContext("", [
  withoutEffect("linkbeat_use_polling", "", says.linkbeat),
  done("net_namespace", "NAME", { missing: "net_namespace name missing - ignoring" }),
  done("net_namespace_ipvs", "[NAME]"),
  withoutEffect("namespace_with_ipsets", "", says.ipsets),
  done("use_pid_dir"),
  done("instance", "NAME", { missing: "instance name missing - ignoring" }),
  done("child_wait_time", "SECONDS"),
  done("global_defs", "", { block: "global_defs" }),
  done("track_group", "NAME", { block: "track_group", missing: "track_group must have a name - skipping" }),
  done("static_ipaddress", "", { block: "rows" }),
  done("static_routes", "", { block: "rows" }),
  done("static_rules", "", { block: "rows" }),
  done("vrrp_sync_group", "NAME", {
    block: "vrrp_sync_group",
    missing: "vrrp_sync_group must have a name - skipping",
  }),
  done("garp_group", "", { block: "garp_group" }),
  withoutEffect("linkbeat_interfaces", "", says.linkbeat, { block: "rows" }),
  done("vrrp_instance", "NAME", { block: "vrrp_instance", missing: "vrrp_instance must have a name" }),
  done("vrrp_script", "NAME", { block: "vrrp_script" }),
  done("vrrp_track_process", "NAME", { block: "vrrp_track_process" }),
  done("interface_up_down_delays", "", { block: "rows" }),
  done("track_file", "NAME", { block: "track_file" }),
  done("vrrp_track_file", "NAME", { block: "track_file", deprecated: "track_file" }),
  done("SSL", "", { block: "SSL" }),
  done("virtual_server_group", "NAME", { block: "rows" }),
  done("virtual_server", "ADDRESS|group|fwmark [PORT|NAME|MARK]", { block: "virtual_server" }),
  done("bfd_instance", "NAME", { block: "bfd_instance" }),
  differs("include", "PATTERN", "Lines of included files keep their own file, line and column in messages."),
]);

/** static track groups. */
export const trackGroupKeywords = inContext("track_group", [done("group", "", { block: "rows" })]);

/** Pauses between gratuitous ARPs of some interfaces. */
export const garpGroupKeywords = inContext("garp_group", [
  done("garp_interval", "SECONDS"),
  done("gna_interval", "SECONDS"),
  done("interface", "NAME"),
  done("interfaces", "", { block: "rows" }),
]);
