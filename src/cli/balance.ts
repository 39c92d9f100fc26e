import { endpointText, type ServiceStatus } from "../ipvs/model.js";
import { columns } from "./columns.js";
import { type CommandIo, withPlane } from "./command-io.js";
import { readDuration } from "./duration.js";
import { processIo } from "./process-io.js";
import { type Share, sharesOf } from "./shares.js";
import { existing, namedService, serviceAt, serviceName, serviceOptions } from "./targets.js";
import { readWords } from "./words.js";

const usage = `usage: rondo balance [ADDRESS:PORT | -t|-u|--sctp-service ADDRESS:PORT | -f MARK [-6]] [OPTION…]

How connections and packets are shared among the real servers, beside the shares that their weights want.

  --watch            again and again, each time for what came since the last time; without it since counters were zeroed
  --interval TIME    how long each time is (2s)
  --json             a JSON object for each service on a line
`;

const options = {
  ...serviceOptions,
  watch: { type: "boolean", short: "w" },
  interval: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** `rondo balance …`: see docs/manual/balance.md. */
export async function run(words: readonly string[], io: CommandIo = processIo): Promise<number> {
  const { values, positionals } = readWords("balance", words, options, 1);
  if (values["help"]) {
    io.stdout.write(usage);
    return 0;
  }
  const named = namedService(values);
  const interval = Math.max(100, readDuration(String(values["interval"] ?? "2s"), "--interval"));
  const json = values["json"] === true;
  return withPlane(io, async (plane) => {
    const id = named ?? (positionals[0] === undefined ? undefined : serviceAt(plane, positionals[0]));
    const look = () => (id ? [existing(plane, id)] : plane.services());
    if (!values["watch"]) {
      tell(io, look(), undefined, json);
      return 0;
    }
    return io.withSignals(async ({ first }) => {
      for (let before = look(); ; ) {
        await io.sleep(interval, first);
        if (first.aborted) return 0;
        const now = look();
        if (io.stdout.isTTY && !json) io.stdout.write("\x1b[H\x1b[2J");
        tell(io, now, before, json);
        before = now;
      }
    });
  });
}

function tell(
  io: CommandIo,
  services: readonly ServiceStatus[],
  before: readonly ServiceStatus[] | undefined,
  json: boolean,
): void {
  if (services.length === 0 && !json) io.stdout.write("There are no services.\n");
  for (const service of services) {
    const shares = sharesOf(service, before);
    io.stdout.write(json ? `${jsonOf(service, shares)}\n` : table(service, shares));
  }
}

const titles = ["SERVER", "WEIGHT", "WANTED", "CONNECTIONS", "SHARE", "PACKETS", "SHARE", "ACTIVE"];

function table(service: ServiceStatus, shares: readonly Share[]): string {
  const percent = (share: number | undefined) => (share === undefined ? "-" : `${(100 * share).toFixed(1)}%`);
  const rows = shares.map((share) => [
    endpointText(share.server),
    `${share.server.weight}`,
    percent(share.wanted),
    `${share.connections}`,
    percent(share.ofConnections),
    `${share.packets}`,
    percent(share.ofPackets),
    `${share.server.active}`,
  ]);
  const lines = columns([titles, ...rows], 1).map((line) => `  ${line}\n`);
  return `${serviceName(service.id)} ${service.scheduler}\n${lines.join("")}`;
}

function jsonOf(service: ServiceStatus, shares: readonly Share[]): string {
  return JSON.stringify({
    service: serviceName(service.id),
    scheduler: service.scheduler,
    servers: shares.map(({ server, wanted, connections, ofConnections, packets, ofPackets }) => ({
      server: endpointText(server),
      weight: server.weight,
      wanted,
      connections: Number(connections),
      shareOfConnections: ofConnections,
      packets: Number(packets),
      shareOfPackets: ofPackets,
      active: server.active,
      inactive: server.inactive,
    })),
  });
}
