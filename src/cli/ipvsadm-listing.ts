import {
  type Command,
  connectionsJson,
  daemonsJson,
  type NameSource,
  numericNames,
  printConnections,
  printDaemons,
  printOneService,
  printRules,
  printServices,
  printTimeouts,
  servicesJson,
  timeoutsJson,
} from "../config/ipvsadm/index.js";
import { type ConnectionFilter, passes } from "../ipvs/connection-filter.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { IpvsError } from "../ipvs/errors.js";
import type { ConnectionEntry, ServiceId, ServiceStatus } from "../ipvs/model.js";
import type { IpAddress } from "../wire/address.js";
import { type HostNames, shownNames } from "./host-names.js";
import type { Output } from "./ipvsadm-io.js";

/** The commands that only look. */
export type Listing = Extract<Command, { kind: `list-${string}` | "save" }>;

/** Prints what a listing asks for. An {@link IpvsError} says that it is not there; nothing has been written then. */
export async function writeListing(
  plane: DataPlane,
  command: Listing,
  names: HostNames,
  stdout: Output,
): Promise<void> {
  if (command.kind === "save") {
    const services = plane.services({ statistics: false });
    const shown = command.numeric ? numericNames : await namesIn(services, names);
    return writeAll(stdout, printRules(services, shown, command.thresholds));
  }
  const { format } = command;
  switch (command.kind) {
    case "list-services": {
      const statistics = format.json || format.columns === "stats" || format.columns === "rate";
      const services = command.service
        ? [oneService(plane, command.service)]
        : plane.services({ statistics });
      if (format.json) return writeAll(stdout, [servicesJson(services, plane.tableSize, format.sorted)]);
      const shown = format.numeric ? numericNames : await namesIn(services, names);
      return writeAll(
        stdout,
        command.service
          ? printOneService(services[0]!, format, shown)
          : printServices(services, plane.tableSize, format, shown),
      );
    }
    case "list-connections": {
      const wanted = only(plane.connections(), command.filter);
      if (format.json) return writeAll(stdout, connectionsJson(wanted));
      if (format.numeric) return writeAll(stdout, printConnections(wanted, format, numericNames));
      const entries = [...wanted];
      const addresses = entries.flatMap(({ client, virtual, server }) => [client, virtual, server]);
      const shown = await shownNames(
        names,
        addresses.map(({ address }) => address),
      );
      return writeAll(stdout, printConnections(entries, format, shown));
    }
    case "list-timeouts":
      return writeAll(stdout, [(format.json ? timeoutsJson : printTimeouts)(plane.timeouts())]);
    case "list-daemons":
      return writeAll(
        stdout,
        format.json ? [daemonsJson(plane.syncDaemons())] : printDaemons(plane.syncDaemons()),
      );
  }
}

function* only(entries: Iterable<ConnectionEntry>, filter: ConnectionFilter): Generator<ConnectionEntry> {
  for (const entry of entries) if (passes(filter, entry)) yield entry;
}

function oneService(plane: DataPlane, id: ServiceId): ServiceStatus {
  const service = plane.service(id);
  if (!service) throw new IpvsError("no-service");
  return service;
}

function namesIn(services: readonly ServiceStatus[], names: HostNames): Promise<NameSource> {
  const addresses: IpAddress[] = [];
  for (const { id, servers } of services) {
    if (id.kind === "address") addresses.push(id.address);
    for (const { address } of servers) addresses.push(address);
  }
  return shownNames(names, addresses);
}

/** Writes pieces together in larger ones, so that a long table costs few writes and little memory. */
function writeAll(stdout: Output, pieces: Iterable<string>): void {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    if (text.length < 65536) continue;
    stdout.write(text);
    text = "";
  }
  if (text !== "") stdout.write(text);
}
