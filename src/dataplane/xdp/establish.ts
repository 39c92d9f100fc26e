import {
  constant32,
  context,
  give,
  globalSubprogram,
  networkOrder16,
  pointer,
  type U32,
  U64,
  u32,
  unless,
  variable,
  when,
} from "../../asm/index.js";
import { isToDrop, mayInsert } from "./admission.js";
import { aliasMaker } from "./alias.js";
import { count } from "./count.js";
import { copyKey, publish } from "./entry.js";
import { isLaterFragment, mayBegin } from "./first-packet.js";
import {
  type AttemptView,
  clientPortOf,
  entryAt,
  noTemplate,
  numberOf,
  type Secrets,
  type Table,
  virtualPortOf,
} from "./flow.js";
import { Attempt, EntryFlag, Kind, Method, noServer, Ready, ServiceFlag, ticks } from "./layout.js";
import { servers, services, statistics } from "./maps.js";
import { isStale, ownAddress, refresh } from "./next-hop.js";
import { Outcome } from "./outcome.js";
import { partsOf } from "./parts.js";
import { persistence } from "./persistence.js";
import { renewer } from "./renew.js";
import { requestOf } from "./request.js";
import { nobody, schedule } from "./schedule.js";
import { noService, serviceOf } from "./service-of.js";
import type { Tracer } from "./trace-program.js";
import { crowd } from "./track.js";
import { firstEvent } from "./transitions.js";

/** The functions that make connections in a table, and those that they are made of. */
export function connectionMaker(
  table: Table,
  secrets: Secrets,
  verdicts: { readonly pass: number; readonly drop: number },
  trace?: Tracer,
) {
  const parts = partsOf(table, secrets);
  const { claim, settle, withdraw } = parts;
  const viaTemplate = persistence(parts, trace);
  const makeAlias = aliasMaker(parts);

  const leave = (attempt: AttemptView, verdict: number) => {
    attempt.set({ verdict });
    give(Outcome.verdict);
  };

  /** For a flow that has no entry. */
  const establish = globalSubprogram("establish", [context, pointer(Attempt)], u32, (ctx, attempt) => {
    // A later fragment begins nothing: it follows the first one, to its server or to the host.
    when(isLaterFragment(attempt.event), () => {
      const { server } = attempt;
      when(server.is(noServer), () => leave(attempt, verdicts.pass));
      when(servers.at(server).ready.is(Ready.yes), () => give(Outcome.onePacket));
      count("fragment");
      leave(attempt, verdicts.drop);
    });
    unless(mayBegin(attempt.event), () => leave(attempt, verdicts.pass));
    const number = serviceOf(attempt);
    trace?.service(number);
    when(number.is(noService), () => leave(attempt, verdicts.pass));
    const service = services.at(number);
    when(service.mark.isNot(0), () => {
      when(ownAddress(ctx, attempt).is(0), () => leave(attempt, verdicts.pass));
    });
    when(isToDrop().is(1), () => leave(attempt, verdicts.drop));
    // What comes from FTP's data port belongs to a connection that there was before.
    when(isFtpData(attempt), () => leave(attempt, verdicts.pass));

    attempt.set({ template: noTemplate });
    const isPersistent = service.flags.and(ServiceFlag.persistent).isNot(0);
    when(
      isPersistent,
      () => {
        attempt.server = viaTemplate(attempt, number);
      },
      () => {
        // Only with persistence do FTP's data follow FTP, and a service takes all ports.
        const other = virtualPortOf(attempt.ports).isNot(service.port.raw).and(service.mark.is(0));
        attempt.set({ server: nobody });
        unless(other, () => {
          attempt.server = schedule(service, requestOf(attempt), trace && { trace, number });
        });
      },
    );
    const chosen = attempt.server;
    when(chosen.is(nobody), () => {
      count("no_server");
      // An FTP service takes packets for ports that are nobody's: they are the host's then.
      const other = virtualPortOf(attempt.ports).isNot(service.port.raw).and(service.port.raw.is(ftpPort));
      when(other, () => leave(attempt, verdicts.pass));
      give(Outcome.nobody);
    });
    const server = servers.at(chosen);
    const tick = attempt.tick;
    when(server.ready.isNot(Ready.yes).or(isStale(server, tick)), () => {
      refresh(ctx, server, tick);
    });
    when(server.ready.is(Ready.notOurs), () => leave(attempt, verdicts.pass));
    const other = virtualPortOf(attempt.ports).isNot(service.port.raw).and(isPersistent);
    const keepsPort = server.port.raw.is(0).or(other);
    when(service.flags.and(ServiceFlag.onePacket).isNot(0).and(attempt.event.is(firstEvent.udp)), () => {
      attempt.set({ port: server.port.raw });
      when(keepsPort, () => attempt.set({ port: virtualPortOf(attempt.ports) }));
      countConnection(chosen);
      give(Outcome.onePacket);
    });

    when(mayInsert().is(0), () => leave(attempt, verdicts.drop));
    const entry = claim(attempt).otherwise(() => {
      count("table_full");
      leave(attempt, verdicts.drop);
    });
    copyKey(entry, attempt);
    const template = attempt.template;
    entry.set({
      server: chosen,
      expires: tick.add(newRest),
      reference: template,
      packets: 0,
      referenceGeneration: attempt.templateGeneration,
    });
    server.atomic("inactive").add(1);
    crowd(server);
    const flags = variable(constant32(Kind.live | EntryFlag.inactive));
    const isNat = server.configured.is(Method.masq);
    when(
      isNat,
      () => flags.set(flags.value.or(EntryFlag.nat)),
      () => flags.set(flags.value.or(EntryFlag.noOutput)),
    );
    when(server.configured.is(Method.tunnel), () => flags.set(flags.value.or(EntryFlag.tunnel)));
    when(template.isNot(noTemplate), () => flags.set(flags.value.or(EntryFlag.controlled)));
    when(keepsPort, () => flags.set(flags.value.or(EntryFlag.samePort)));
    // Before the entry can be seen, and released: that counts one less.
    when(template.isNot(noTemplate), () => entryAt(table, template).atomic("reference").add(1));
    attempt.set({ generation: publish(entry, flags.value) });

    const settled = settle(attempt, entry).otherwise(() => leave(attempt, verdicts.drop));
    attempt.entry = numberOf(table, settled);
    when(new U64(settled.asPointer).is(new U64(entry.asPointer)), () => {
      countConnection(chosen);
      trace?.made(settled);
      when(isNat.or(server.method.is(Method.local)), () => {
        when(makeAlias(attempt).is(0), () => {
          count("table_full");
          withdraw(settled, attempt.generation);
          leave(attempt, verdicts.drop);
        });
      });
    });
    return Outcome.entry;
  });

  return { ...parts, establish, renew: renewer(parts, establish, verdicts) };
}

const ftpPort = networkOrder16(21).raw;
const ftpDataPort = networkOrder16(20).raw;
/** How long an entry lives until its first packet has told its state. */
const newRest = ticks(3);
const isFtpData = (attempt: AttemptView) => clientPortOf(attempt.ports).is(ftpDataPort);

/** Counts a connection for a server. */
function countConnection(server: U32): void {
  statistics.lookup(server).whenFound((counts) => counts.set({ connections: counts.connections.add(1) }));
}
