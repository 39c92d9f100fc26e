import type { StructView } from "../../asm/index.js";
import {
  constant32,
  give,
  globalSubprogram,
  networkOrder16,
  pointer,
  type U32,
  u16,
  u32,
  variable,
  when,
} from "../../asm/index.js";
import { count } from "./count.js";
import { copyKey, publish } from "./entry.js";
import { addressesIn } from "./entry-addresses.js";
import {
  type AttemptView,
  attemptAt,
  familyOf,
  isIpv6,
  numberOf,
  portsOf,
  protocolOf,
  virtualPortOf,
} from "./flow.js";
import { Attempt, EntryFlag, invalidPort, Kind, type Service, templateFamily, Use } from "./layout.js";
import { servers, services } from "./maps.js";
import type { Parts } from "./parts.js";
import { requestOf } from "./request.js";
import { nobody, schedule } from "./schedule.js";
import type { Tracer } from "./trace-program.js";
import { isExpired, lifeOf, setLife } from "./track.js";
import { tunable } from "./tunables.js";

const ftpPort = networkOrder16(21).raw;

/**
 * Finds the server of a persistent service's new connection by the template of its client, or makes the template
 * (net/netfilter/ipvs/ip_vs_core.c, ip_vs_sched_persist). Gives the server, or {@link nobody}; the attempt then names the
 * template.
 */
export function persistence({ table, claim, settle, hash, findFlow, expire }: Parts, trace?: Tracer) {
  return globalSubprogram("via_template", [pointer(Attempt), u32], u32, (attempt, number) => {
    const service = services.at(number);
    const wanted = attemptAt("template").otherwise(() => give(nobody));
    fillKey(wanted, attempt, service);
    hash(wanted);
    const { tick } = attempt;

    findFlow(wanted).whenFound((template) => {
      const word = template.word;
      const isGone = variable(constant32(0));
      // One that has expired holds as long as its connections do.
      when(isExpired(template, tick), () => isGone.set(expire(template, word, Kind.free, tick)));
      when(isGone.value.is(0), () => {
        const chosen = template.server;
        const server = servers.at(chosen);
        const quiet = server.weight.is(0).and(tunable("expire_quiescent_template").isNot(0));
        when(
          server.use.isNot(Use.live).or(quiet),
          () => {
            // Nobody is to find it any more; it lives until its connections are over.
            template.write(u16, "virtualPort", constant32(invalidPort));
          },
          () => {
            template.expires = tick.add(lifeOf(template));
            attempt.set({ template: numberOf(table, template), templateGeneration: word.high });
            trace?.template(template, false);
            give(chosen);
          },
        );
      });
    });

    const chosen = schedule(service, requestOf(attempt), trace && { trace, number });
    when(chosen.is(nobody), () => give(nobody));
    const made = claim(wanted).otherwise(() => {
      count("table_full");
      give(nobody);
    });
    copyKey(made, wanted);
    made.set({
      server: chosen,
      expires: tick.add(service.persistence),
      reference: 0,
    });
    setLife(made, service.persistence);
    servers.at(chosen).atomic("persistent").add(1);
    wanted.set({ generation: publish(made, Kind.live | EntryFlag.template) });
    const settled = settle(wanted, made).otherwise(() => give(nobody));
    attempt.set({ template: numberOf(table, settled), templateGeneration: settled.word.high });
    trace?.template(settled, true);
    return settled.server;
  });
}

/**
 * A template's key: the client under the service's mask, no client port, and the virtual address, with the port only if it
 * is the service's own and not FTP's. A mark stands in the place of the address, and then there is no protocol.
 */
function fillKey(
  wanted: AttemptView,
  attempt: AttemptView,
  service: StructView<(typeof Service)["shape"]>,
): void {
  const { ports } = attempt;
  const port = virtualPortOf(ports);
  const own = port.is(service.port.raw).and(port.isNot(ftpPort)).and(service.mark.is(0));
  const kept = variable(constant32(0));
  when(own, () => kept.set(port));
  const protocol = variable(protocolOf(ports));
  when(service.mark.isNot(0), () => protocol.set(constant32(0)));
  wanted.set({
    tick: attempt.tick,
    ports: portsOf(kept.value.shiftLeft(16), protocol.value, familyOf(ports).or(templateFamily)),
  });
  const masks = [0, 1, 2, 3].map((i) => service.netmask.word(4 * i)) as [U32, U32, U32, U32];
  const [one, two, three, four] = addressesIn(attempt);
  const join = (low: U32, high: U32) => high.extended.shiftLeft(32).or(low);
  const mark = service.mark.toBe32.raw;
  when(
    isIpv6(ports),
    () => {
      wanted.addresses.put(0, one.and(join(masks[0], masks[1])));
      wanted.addresses.put(1, two.and(join(masks[2], masks[3])));
      when(
        service.mark.is(0),
        () => {
          wanted.addresses.put(2, three);
          wanted.addresses.put(3, four);
        },
        () => {
          wanted.addresses.put(2, mark.extended);
          wanted.addresses.put(3, 0);
        },
      );
    },
    () => {
      const virtual = variable(one.high);
      when(service.mark.isNot(0), () => virtual.set(mark));
      wanted.addresses.put(0, join(one.low.and(masks[0]), virtual.value));
      for (const index of [1, 2, 3]) wanted.addresses.put(index, 0);
    },
  );
}
