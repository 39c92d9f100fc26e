import type { IpAddress } from "../wire/address.js";
import { type ConnectionEntry, type ServiceId, serviceIdText } from "./model.js";
import { contains, type Prefix } from "./prefix.js";

/** Which connections are meant; what is not named doesn't matter. */
export interface ConnectionFilter {
  readonly service?: ServiceId;
  /** Without a port: all of that address. */
  readonly server?: { readonly address: IpAddress; readonly port?: number };
  readonly client?: Prefix;
  /** true: only templates (persistence); false: no templates. */
  readonly templates?: boolean;
}

/** Whether an entry of the connection table is meant. */
export function passes(filter: ConnectionFilter, entry: ConnectionEntry): boolean {
  const { service, server, client, templates } = filter;
  if (templates !== undefined && entry.template !== templates) return false;
  if (service && !belongs(entry, service)) return false;
  if (server && !server.address.equals(entry.server.address)) return false;
  if (server?.port !== undefined && server.port !== entry.server.port) return false;
  return !client || contains(client, entry.client.address);
}

/** By what the data plane knows; where it doesn't say, by what stands in the entry. */
function belongs(entry: ConnectionEntry, id: ServiceId): boolean {
  if (entry.service) return serviceIdText(entry.service) === serviceIdText(id);
  const { protocol, virtual } = entry;
  // Only a mark's templates show what they belong to: the mark stands for the virtual address.
  if (id.kind === "mark") return protocol === "ip" && markIn(virtual.address, id.family) === id.mark;
  const samePort = id.port === 0 || virtual.port === id.port || (entry.template && virtual.port === 0);
  return protocol === id.protocol && virtual.address.equals(id.address) && samePort;
}

function markIn({ bytes, family }: IpAddress, wanted: 4 | 6): number | undefined {
  if (family !== wanted) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
