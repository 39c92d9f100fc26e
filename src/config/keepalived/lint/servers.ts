import type { Check, VirtualServer } from "../model/index.js";
import type { Lint } from "./lint.js";

const portless: readonly Check["kind"][] = ["MISC_CHECK", "FILE_CHECK", "BFD_CHECK", "PING_CHECK"];

const nameOf = ({ target }: VirtualServer) =>
  target.kind === "group"
    ? `group ${target.group}`
    : target.kind === "mark"
      ? `fwmark ${target.mark}`
      : `${target.address} ${target.port}`;

/** Settings of virtual servers that people trip over. */
export const lintServers: Lint = (config, note) => {
  for (const virtual of config.virtualServers) {
    const name = nameOf(virtual);
    if (virtual.persistence && virtual.onePacket)
      note(
        virtual.at,
        "persistent-ops",
        `virtual_server ${name}: persistence_timeout and ops exclude each other`,
        {
          remedy: "One-packet scheduling keeps no connection and no template: take one of them away.",
        },
      );
    const bare = virtual.servers.filter((server) => server.checks.length === 0);
    if (bare.length === virtual.servers.length && bare.length > 0)
      note(
        virtual.at,
        "no-checks",
        `virtual_server ${name}: no real server is checked: a dead one stays in`,
        { severity: "note", remedy: "Add TCP_CHECK { } to each real_server." },
      );
    else
      for (const server of bare)
        note(
          server.at,
          "no-checks",
          `real_server ${server.address} ${server.port} is not checked: dead it stays in`,
          { severity: "note" },
        );
    for (const server of virtual.servers) {
      for (const check of server.checks) {
        if (check.connect.port === 0 && !portless.includes(check.kind))
          note(check.at, "check-port-0", `${check.kind} of ${server.address} asks port 0`, {
            remedy: "Add connect_port PORT.",
          });
        const { timing } = check;
        if (timing.delayLoop < timing.connectTimeout)
          note(
            check.at,
            "slow-check",
            `${check.kind} of ${server.address} may take ${timing.connectTimeout / 1000} s and is made every ${timing.delayLoop / 1000} s`,
            {
              severity: "note",
              remedy: "The next one begins when it has ended.",
            },
          );
      }
      if (server.weight === 0)
        note(
          server.at,
          "weight-0",
          `real_server ${server.address} ${server.port} has weight 0: it gets no new connections`,
          { severity: "note" },
        );
      if (server.lowerThreshold > 0 && server.lowerThreshold >= server.upperThreshold)
        note(
          server.at,
          "thresholds",
          `real_server ${server.address}: lthreshold ${server.lowerThreshold} is not below uthreshold ${server.upperThreshold}`,
        );
    }
    if (virtual.sorryServer && virtual.quorum === 0)
      note(virtual.at, "quorum-0", `virtual_server ${name}: with quorum 0 its sorry_server never serves`);
  }
};

/** Two virtual servers of one address. */
export const lintServersTwice: Lint = (config, note) => {
  const seen = new Set<string>();
  for (const virtual of config.virtualServers) {
    const key = `${virtual.protocol ?? ""} ${nameOf(virtual)} ${virtual.target.kind === "mark" ? virtual.family : ""}`;
    if (seen.has(key))
      note(virtual.at, "server-twice", `virtual_server ${nameOf(virtual)} is there twice`, {
        remedy: "Put all real servers into one of them.",
      });
    seen.add(key);
  }
};
