import type { ServiceFacts } from "../facts.js";
import type { Check } from "../finding.js";

/** With fewer connections chance alone makes such differences. */
const enough = 200;
/** So many times what its weight wants. */
const far = 1.8;
/** Of these schedulers weights are shares; the others look at more, or at nothing but whether a weight is 0. */
const weighted = ["rr", "wrr", "wlc", "lc", "sed", "nq", "sh", "mh", "dh", "twos"];
const equal = ["rr", "lc", "dh"];

/** Shares far from what weights want: mostly by persistence, which keeps many clients behind one address at one server. */
export const shares: Check = {
  codes: {
    "shares-far": { severity: "warning", shows: "one server is busy, others idle" },
  },
  *look({ directors }) {
    for (const host of directors)
      for (const service of host.services) {
        const worst = worstShare(service);
        if (!worst) continue;
        const clients = service.persistent || ["sh", "mh", "dh"].includes(service.scheduler);
        yield {
          code: "shares-far",
          host: host.host,
          what: `${worst.address} got ${percent(worst.has)} of the connections of ${service.name}, where its weight wants ${percent(worst.wanted)}`,
          cure: `${
            clients
              ? `${service.persistent ? "Persistence" : `The scheduler ${service.scheduler}`} keeps a client at one server, and many clients may come from one address: see \`rondo balance\`; a shorter timeout (-p), or a scheduler such as wlc, spreads them.`
              : "Its weight or the others' may have changed since counters were zeroed: `ipvsadm -Z`, then `rondo balance --watch`."
          }`,
        };
      }
  },
};

function worstShare({ servers, scheduler }: ServiceFacts) {
  const taking = servers.filter(({ weight }) => weight > 0);
  const connections = sum(taking.map((each) => each.connections));
  if (taking.length < 2 || connections < enough || !weighted.includes(scheduler)) return undefined;
  const weights = sum(taking.map(({ weight }) => (equal.includes(scheduler) ? 1 : weight)));
  return taking
    .map((each) => ({
      address: each.address,
      has: each.connections / connections,
      wanted: (equal.includes(scheduler) ? 1 : each.weight) / weights,
    }))
    .filter(({ has, wanted }) => has > far * wanted || (wanted > 0.5 && has > (1 + wanted) / 2))
    .sort((a, b) => b.has / b.wanted - a.has / a.wanted)[0];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
