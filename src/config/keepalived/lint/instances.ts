import type { Lint } from "./lint.js";

/** An advertisement has one byte for their count (RFC 5798, 5.2.5). */
const mostAddresses = 255;

/** Settings of an instance that people trip over. */
export const lintInstances: Lint = (config, note) => {
  const scripts = new Set(
    [...config.instances, ...config.syncGroups].flatMap((one) =>
      one.tracking.scripts.map((tracked) => tracked.name),
    ),
  );
  for (const script of config.scripts) {
    if (!scripts.has(script.name))
      note(script.at, "unused-script", `Warning - script ${script.name} is not used`, {
        remedy: `Add track_script { ${script.name} } to an instance.`,
      });
    if (script.timeout !== undefined && script.timeout > script.interval)
      note(
        script.at,
        "script-timeout",
        `vrrp_script ${script.name} may run for ${script.timeout / 1000} s and begins every ${script.interval / 1000} s`,
        {
          severity: "note",
          remedy: "While it runs no second one is begun.",
        },
      );
  }
  for (const instance of config.instances) {
    if (instance.addresses.length > mostAddresses)
      note(
        instance.at,
        "too-many-addresses",
        `(${instance.name}) ${instance.addresses.length} addresses are more than an advertisement can name (${mostAddresses})`,
        { severity: "error", remedy: "Move some to virtual_ipaddress_excluded." },
      );
    if (instance.strict && !instance.accept)
      note(
        instance.at,
        "strict-drops",
        `(${instance.name}) strict mode: packets to its VIPs are dropped, ping included`,
        {
          severity: "note",
          remedy: "Take vrrp_strict away, or add accept (version 3).",
        },
      );
    if (instance.state === "MASTER" && instance.priority < 100)
      note(instance.at, "low-master", `(${instance.name}) state MASTER with priority ${instance.priority}`, {
        severity: "note",
        remedy: "The state only says who begins; the highest priority is master.",
      });
    if (instance.unicast) {
      const own = instance.sourceAddress;
      if (own && instance.unicastPeers.some((peer) => peer.address.equals(own)))
        note(instance.at, "own-peer", `(${instance.name}) unicast_peer has its own address ${own}`, {
          remedy: "Write the other routers there.",
        });
      if (!own)
        note(
          instance.at,
          "no-source",
          `(${instance.name}) unicast_peer without unicast_src_ip: the interface's first address is taken`,
          { severity: "note" },
        );
    }
  }
};
