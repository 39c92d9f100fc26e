import type { ServerStatus, ServiceStatus } from "../../ipvs/model.js";
import type { NameSource } from "./names.js";
import { endpointName, flagsText, markText, netmaskText, portProtocol } from "./print-parts.js";
import { sortServers, sortServices } from "./sort.js";

/**
 * `-S`: the lines that `-R` reads to make the same services again. Thresholds are left out, as the real one does,
 * unless `thresholds` asks for them.
 */
export function* printRules(
  services: readonly ServiceStatus[],
  names: NameSource,
  thresholds = false,
): Generator<string> {
  for (const service of sortServices(services)) {
    const name = serviceOption(service, names);
    yield `-A ${name} -s ${service.scheduler}${attributes(service)}\n`;
    for (const server of sortServers(service.servers)) {
      const remote = endpointName(server, portProtocol(service), names);
      yield `-a ${name} -r ${remote} ${methodSwitches[server.method]} -w ${server.weight}` +
        `${tunnelOptions(server)}${thresholds ? thresholdOptions(server) : ""}\n`;
    }
  }
}

const protocolSwitches = { tcp: "-t", udp: "-u", sctp: "--sctp-service" } as const;
/** A local server has no switch of its own: it is found to be local again. */
const methodSwitches = { masq: "-m", tunnel: "-i", local: "-g", droute: "-g" } as const;

function serviceOption({ id }: ServiceStatus, names: NameSource): string {
  if (id.kind === "mark") return `-f ${markText(id.mark)}${id.family === 6 ? " -6" : ""}`;
  return `${protocolSwitches[id.protocol]} ${endpointName(id, id.protocol, names)}`;
}

function attributes(service: ServiceStatus): string {
  const flags = flagsText(service);
  const mask = netmaskText(service);
  let text = "";
  if (service.persistence) {
    text += ` -p ${service.persistence.timeout}`;
    if (mask !== undefined) text += ` -M ${mask}`;
  }
  if (service.persistenceEngine) text += ` --pe ${service.persistenceEngine}`;
  if (service.onePacket) text += " -o";
  return flags === undefined ? text : `${text} -b ${flags}`;
}

const checksumOptions = { none: "--tun-nocsum", csum: "--tun-csum", remote: "--tun-remcsum" } as const;

function tunnelOptions({ method, tunnel }: ServerStatus): string {
  if (method !== "tunnel") return "";
  const checksum = checksumOptions[tunnel?.checksum ?? "none"];
  if (tunnel?.type === "gue") return ` --tun-type gue --tun-port ${tunnel.port} ${checksum}`;
  return tunnel?.type === "gre" ? ` --tun-type gre ${checksum}` : " --tun-type ipip";
}

function thresholdOptions({ upperThreshold, lowerThreshold }: ServerStatus): string {
  const upper = upperThreshold === 0 ? "" : ` -x ${upperThreshold}`;
  return lowerThreshold === 0 ? upper : `${upper} -y ${lowerThreshold}`;
}
