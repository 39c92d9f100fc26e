import { ipvsadm, on, serverWords } from "../commands.js";
import type { HostFacts, ServiceFacts } from "../facts.js";
import type { Check, Found } from "../finding.js";

/** What can be seen from the director's rules alone. */
export const services: Check = {
  codes: {
    "no-services": { severity: "error", shows: "the director passes everything to its own host" },
    "service-empty": { severity: "error", shows: 'clients are told "connection refused"' },
    "weights-zero": {
      severity: "error",
      shows: 'new connections are told "connection refused"; those that there are go on',
    },
    "port-mismatch": {
      severity: "error",
      shows: "requests arrive at the port that the client asked for, where nobody may listen",
    },
  },
  *look({ directors }) {
    for (const host of directors) {
      if (host.services.length === 0)
        yield {
          code: "no-services",
          host: host.host,
          what: "this director has no virtual services",
          cure: "Add them with `ipvsadm -A`, or restore saved ones with `ipvsadm-restore`.",
        };
      for (const service of host.services) {
        const { name, servers } = service;
        if (servers.length === 0)
          yield {
            code: "service-empty",
            host: host.host,
            what: `the service ${name} has no real servers`,
            cure: `Add one: \`ipvsadm -a ${name} -r …\`.`,
          };
        else if (servers.every(({ weight }) => weight === 0))
          yield {
            code: "weights-zero",
            host: host.host,
            what: `all real servers of ${name} have weight 0`,
            ...wakening(host, service),
          };
        for (const server of servers) {
          const { method, port, address } = server;
          const isMoved = method === "droute" || method === "tunnel";
          if (!isMoved || !service.port || port === service.port || port === 0) continue;
          yield {
            code: "port-mismatch",
            host: host.host,
            what: `${name} sends to port ${port} of ${address} by ${method === "tunnel" ? "TUN" : "DR"}, which can't change the port ${service.port}`,
            mend: on(
              host,
              ipvsadm("-a", service, serverWords(server, { port: service.port })),
              ipvsadm("-d", service, serverWords(server).split(" ").slice(0, 2).join(" ")),
            ),
          };
        }
      }
    }
  },
};

/** Weights that a command of ours has taken away are that command's to give back: it knows them. */
function wakening(host: HostFacts, service: ServiceFacts): Pick<Found, "mend" | "cure"> {
  const { servers } = service;
  if (servers.some(({ held }) => held === "watch"))
    return {
      cure: "`rondo watch` has taken them away, because checks fail: `rondo watch status` tells which. If it runs no more: `rondo watch restore`.",
    };
  if (servers.some(({ held }) => held === "drain"))
    return { cure: "`rondo drain` is taking them away. If it runs no more: `rondo drain SERVER --undo`." };
  return {
    mend: on(host, ...servers.map((server) => ipvsadm("-e", service, serverWords(server, { weight: 1 })))),
  };
}
