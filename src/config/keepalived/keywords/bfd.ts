import { done, inContext, withoutEffect } from "./keyword.js";

/** Keywords of bfd_instance. */
export const bfdKeywords = inContext("bfd_instance", [
  done("neighbor_ip", "ADDRESS"),
  done("neighbour_ip", "ADDRESS"),
  done("source_ip", "ADDRESS"),
  done("min_rx", "MILLISECONDS"),
  done("min_tx", "MILLISECONDS"),
  done("idle_tx", "MILLISECONDS"),
  done("multiplier", "1..255"),
  done("passive"),
  done("ttl", "1..255"),
  done("hoplimit", "1..255"),
  done("max_hops", "-1..255"),
  done("weight", "-253..253 [reverse]"),
  done("vrrp"),
  done("checker"),
  withoutEffect("multihop", "", "keepalived 2.2.7 does not know it; newer ones do.", { since: "2.3" }),
]);
