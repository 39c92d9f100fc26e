import { endpointText, type ServerStatus, type ServiceStatus, serviceIdText } from "../ipvs/model.js";

/** What one real server has of all that its service got; shares are from 0 to 1, and undefined where there is nothing to share. */
export interface Share {
  readonly server: ServerStatus;
  /** By its weight. */
  readonly wanted: number | undefined;
  readonly connections: bigint;
  readonly ofConnections: number | undefined;
  readonly packets: bigint;
  readonly ofPackets: number | undefined;
}

/** The shares of a service's servers, in order of address: of what came since `before`, or since counters were zeroed. */
export function sharesOf(service: ServiceStatus, before: readonly ServiceStatus[] = []): Share[] {
  const id = serviceIdText(service.id);
  const old = before.find((each) => serviceIdText(each.id) === id)?.servers ?? [];
  const servers = [...service.servers].sort(
    (one, other) => one.address.compare(other.address) || one.port - other.port,
  );
  const rows = servers.map((server) => {
    const was = old.find((each) => endpointText(each) === endpointText(server))?.counters;
    const since = (field: "connections" | "inPackets") => {
      const difference = server.counters[field] - (was?.[field] ?? 0n);
      // Counters that were zeroed meanwhile begin anew.
      return difference < 0n ? server.counters[field] : difference;
    };
    return { server, connections: since("connections"), packets: since("inPackets") };
  });
  const weights = sum(rows.map(({ server }) => BigInt(weightIn(service, server))));
  const connections = sum(rows.map((row) => row.connections));
  const packets = sum(rows.map((row) => row.packets));
  return rows.map((row) => ({
    ...row,
    wanted: ranked.includes(service.scheduler)
      ? undefined
      : part(BigInt(weightIn(service, row.server)), weights),
    ofConnections: part(row.connections, connections),
    ofPackets: part(row.packets, packets),
  }));
}

/** Schedulers for which a weight only says whether a server takes part. */
export const unweighted: readonly string[] = ["rr", "lc", "dh"];
/** Schedulers for which weights are an order, not shares. */
export const ranked: readonly string[] = ["fo", "ovf"];

const weightIn = ({ scheduler }: ServiceStatus, { weight }: ServerStatus): number =>
  unweighted.includes(scheduler) ? Math.min(weight, 1) : weight;

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const part = (value: bigint, whole: bigint): number | undefined =>
  whole === 0n ? undefined : Number((value * 1_000_000n) / whole) / 1_000_000;
