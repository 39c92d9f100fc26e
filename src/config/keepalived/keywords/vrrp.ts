import { differs, done, inContext, withoutEffect } from "./keyword.js";
import { says } from "./says.js";

const notifies = ["notify_master", "notify_backup", "notify_fault", "notify_stop", "notify"].map((name) =>
  done(name, "COMMAND [USER [GROUP]]"),
);

const tracks = ["track_interface", "track_script", "track_file", "track_process", "track_bfd"].map((name) =>
  done(name, "", { block: "rows" }),
);

/** Keywords of vrrp_instance. */
export const instanceKeywords = inContext("vrrp_instance", [
  done("state", "MASTER|BACKUP"),
  done("interface", "NAME"),
  done("virtual_router_id", "1..255"),
  done("priority", "1..255"),
  done("advert_int", "SECONDS"),
  done("version", "2|3"),
  done("authentication", "", { block: "authentication" }),
  done("virtual_ipaddress", "", { block: "rows" }),
  done("virtual_ipaddress_excluded", "", { block: "rows" }),
  done("virtual_routes", "", { block: "rows" }),
  done("virtual_rules", "", { block: "rows" }),
  done("promote_secondaries"),
  done("nopreempt"),
  done("preempt"),
  done("preempt_delay", "SECONDS"),
  done("strict_mode", "[on|off]"),
  done("accept"),
  done("no_accept"),
  done("native_ipv6"),
  done("dont_track_primary"),
  ...tracks,
  done("track_src_ip"),
  done("mcast_src_ip", "ADDRESS"),
  done("unicast_src_ip", "ADDRESS"),
  done("mcast_dst_ip", "ADDRESS"),
  done("unicast_peer", "", { block: "rows" }),
  done("unicast_ttl", "0..255"),
  done("unicast_fault_no_peer"),
  done("check_unicast_src"),
  done("old_unicast_checksum", "[never]"),
  done("use_vmac", "[NAME] [MAC]"),
  done("use_vmac_addr"),
  done("vmac_xmit_base"),
  differs("use_ipvlan", "[NAME] [ADDRESS] [bridge|private|vepa]", "An ipvlan is made in bridge mode only."),
  withoutEffect("vrf", "NAME", "Give the interface instead: a VRF without one is not supported."),
  done("skip_check_adv_addr", "[on|off]"),
  done("garp_master_delay", "SECONDS"),
  done("garp_master_repeat", "NUMBER"),
  done("garp_master_refresh", "SECONDS"),
  done("garp_master_refresh_repeat", "NUMBER"),
  done("garp_lower_prio_delay", "SECONDS"),
  done("garp_lower_prio_repeat", "NUMBER"),
  done("down_timer_adverts", "NUMBER"),
  done("garp_extra_if", "[all] SECONDS"),
  done("vmac_garp_intvl", "[all] SECONDS", {
    deprecated: "garp_extra_if",
    deprecation: 'Keyword "vmac_garp_intvl" is deprecated - please use "garp_extra_if"',
  }),
  done("lower_prio_no_advert", "[on|off]"),
  done("higher_prio_send_advert", "[on|off]"),
  done("kernel_rx_buf_size", "BYTES", { missing: "invalid kernel_rx_buf_size specified" }),
  ...notifies,
  done("notify_deleted", "[COMMAND [USER [GROUP]]]"),
  done("notify_master_rx_lower_pri", "COMMAND [USER [GROUP]]"),
  done("notify_priority_changes", "[on|off]"),
  done("smtp_alert", "[on|off]"),
  done("debug", "0..4"),
  withoutEffect("linkbeat_use_polling", "", says.linkbeat, {
    deprecated: "linkbeat_interfaces",
    deprecation: "'linkbeat_use_polling' in vrrp instance deprecated - use linkbeat_interfaces block",
  }),
  done("lvs_sync_daemon_interface", "NAME", {
    deprecated: "lvs_sync_daemon",
    deprecation: "Specifying lvs_sync_daemon_interface against a vrrp is deprecated.",
  }),
  ...["no_virtual_ipaddress", "owner_ignore_adverts", "v3_checksum_as_v2", "timer_expired_backup"].map(
    (name) => withoutEffect(name, "", "keepalived 2.2.7 does not know it; newer ones do.", { since: "2.3" }),
  ),
]);

/** Keywords of authentication. */
export const authenticationKeywords = inContext("authentication", [
  done("auth_type", "PASS|AH"),
  done("auth_pass", "PASSWORD"),
]);

/** Keywords of vrrp_sync_group. */
export const syncGroupKeywords = inContext("vrrp_sync_group", [
  done("group", "", { block: "rows" }),
  ...tracks,
  ...notifies,
  done("smtp_alert", "[on|off]"),
  done("global_tracking", "", { deprecated: "sync_group_tracking_weight" }),
  done("sync_group_tracking_weight"),
  done("notify_priority_changes", "[on|off]"),
]);

/** Keywords of vrrp_script. */
export const scriptKeywords = inContext("vrrp_script", [
  done("script", "COMMAND"),
  done("interval", "SECONDS"),
  done("timeout", "SECONDS"),
  done("weight", "-253..253 [reverse]"),
  done("rise", "NUMBER"),
  done("fall", "NUMBER"),
  done("user", "USER [GROUP]"),
  done("init_fail"),
]);

/** Keywords of vrrp_track_process. */
export const trackProcessKeywords = inContext("vrrp_track_process", [
  done("process", "PATH [PARAMETER] ..."),
  done("param_match", "[initial|partial]"),
  done("weight", "-254..254 [reverse]", { missing: "No weight specified for track process - ignoring" }),
  done("quorum", "NUMBER"),
  done("quorum_max", "NUMBER"),
  done("delay", "SECONDS"),
  done("terminate_delay", "SECONDS"),
  done("fork_delay", "SECONDS"),
  done("full_command"),
]);

/** Keywords of track_file. */
export const trackFileKeywords = inContext("track_file", [
  done("file", "PATH", { missing: "track file file name missing" }),
  done("weight", "-254..254 [reverse]", { missing: "No weight specified for track file - ignoring" }),
  done("init_file", "[NUMBER] [overwrite]"),
]);
