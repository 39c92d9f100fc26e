import type { Server } from "../../config/haproxy/model/index.js";
import { type ClientOptions, connect, openHttp, type Wire } from "../../proxy/index.js";
import type { ServersRun } from "../servers/index.js";
import type { AssembleOptions } from "./assemble-options.js";
import type { Process } from "./process-run.js";
import type { TlsFiles } from "./tls-files.js";

type Surroundings = ConstructorParameters<typeof ServersRun>[0];

/** What servers and their checks see of a thread. `starting`: until its configuration is loaded. */
export function serverSurroundings(
  process: Process,
  tls: TlsFiles,
  { report, link }: Pick<AssembleOptions, "report" | "link">,
  starting: () => boolean,
): Surroundings {
  const surroundings = Object.assign(Object.create(process) as Process, {
    engine: {
      connect,
      tlsClient: (server: Server) => tls.client(server),
      speak: (wire: Wire, { h2, ...rest }: ClientOptions & { h2: boolean }) =>
        openHttp(wire, rest, h2 ? "h2" : undefined),
    },
    report,
    link,
    starting: true,
  });
  // Asked each time: Object.assign would have asked once.
  return Object.defineProperty(surroundings, "starting", { get: starting });
}
