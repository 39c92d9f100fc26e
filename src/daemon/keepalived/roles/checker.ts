import type { KeepalivedConfig } from "../../../config/keepalived/model/index.js";
import { openPlane } from "../../../dataplane/open.js";
import { type CheckerEvent, CheckerRole, type CheckerSnapshot } from "../../../health/index.js";
import { type NetworkWatch, openNetwork, watchNetwork } from "../../../netlink/index.js";
import { ReadySet } from "../../../sys/index.js";
import { syncDaemons } from "../../sync/daemons.js";
import type { Role, RoleContext, RoleEvent, RoleNews } from "../role.js";
import type { CheckerStatus } from "../status.js";
import { runScriptOf } from "./run-script-of.js";

/** The health checks as a worker runs them. */
export function checkerRole({ config, options, log, tell }: RoleContext): Role {
  let global = config.global;
  const role = new CheckerRole(config, {
    log,
    plane: () => openPlane({ syncDaemons, warn: (sentence) => log.warn(sentence) }),
    runScript: runScriptOf(() => global),
    onEvent: (event) => tell(eventOf(event)),
  });
  const addresses = new HostAddresses((present) => role.vips(present));
  return {
    start(handover) {
      addresses.follow(config);
      role.start(handover as CheckerSnapshot | undefined);
    },
    reload(next) {
      global = next.global;
      addresses.follow(next);
      role.reload(next);
    },
    async stop() {
      addresses.close();
      await role.stop({ keepServices: options.keepServices });
    },
    snapshot: () => role.snapshot(),
    status: () => statusOf(role.snapshot()),
    hear(news: RoleNews) {
      if (news.kind === "bfd") role.bfd(news.name, news.up);
      else role.instance(news.name, news.state === "MASTER");
    },
  };
}

function eventOf(event: CheckerEvent): RoleEvent {
  if (event.kind === "mail") return event;
  const { virtualServer, up, script } = event;
  const told = { virtualServer, up, ...(script && { script }) };
  return event.kind === "real-server"
    ? { kind: "server", server: event.server, ...told }
    : { kind: "quorum", ...told };
}

const statusOf = ({ virtualServers, planeProblem }: CheckerSnapshot): CheckerStatus => ({
  ...(planeProblem !== undefined && { problem: planeProblem }),
  virtualServers: virtualServers.map(({ name, quorumUp, sorry, servers }) => ({
    virtualServer: name,
    quorum: quorumUp,
    sorry,
    servers: servers.map(({ name: server, alive, weight, checks }) => ({
      server,
      up: alive,
      weight,
      checks: checks.map(({ kind, up, counts, detail, enabled }) => ({
        kind,
        up,
        ...(enabled ? detail !== "" && { said: detail } : { said: "suspended" }),
        runs: counts.passed + counts.failed + counts.unknown,
        failures: counts.failed,
      })),
    })),
  })),
});

/** This host's addresses, while a virtual server's checks depend on them (ha_suspend). */
class HostAddresses {
  readonly #changed: (present: string[]) => void;
  #ready: ReadySet | undefined;
  #watch: NetworkWatch | undefined;

  constructor(changed: (present: string[]) => void) {
    this.#changed = changed;
  }

  follow({ virtualServers }: KeepalivedConfig): void {
    const wanted = virtualServers.some(({ haSuspend }) => haSuspend);
    if (!wanted) this.close();
    else if (!this.#watch) {
      this.#ready = new ReadySet();
      const tell = () => this.#changed(present());
      this.#watch = watchNetwork({ address: tell, resync: tell }, this.#ready);
      tell();
    }
  }

  close(): void {
    this.#watch?.close();
    this.#ready?.close();
    this.#watch = undefined;
  }
}

function present(): string[] {
  const network = openNetwork();
  try {
    return network.addresses.list().map(({ address }) => `${address}`);
  } finally {
    network.close();
  }
}
