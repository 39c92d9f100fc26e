import {
  endpointText,
  type ServerId,
  type ServerSpec,
  type ServerStatus,
  type ServiceId,
  serviceIdText,
} from "./model.js";

/** What names a server in a service, as text. */
export const placeKey = (service: ServiceId, server: ServerId): string =>
  `${serviceIdText(service)} ${endpointText(server)}`;

/** A server as it is, with another weight. A local one has no method of its own: it is found to be local again. */
export function withWeight(server: ServerStatus, weight: number): ServerSpec {
  const { address, port, method, upperThreshold, lowerThreshold, tunnel } = server;
  return {
    address,
    port,
    method: method === "local" ? "droute" : method,
    weight,
    upperThreshold,
    lowerThreshold,
    ...(tunnel && { tunnel }),
  };
}
