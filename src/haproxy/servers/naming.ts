import type { ServerNaming } from "../run/index.js";
import { admin } from "./admin.js";
import { setDynamicCookie } from "./dynamic-cookie.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import { tell } from "./tell.js";
import { beginWork, clearAdmin, setAdmin } from "./transitions.js";

/** What name resolution does to a server whose address is a name. First thread only. */
export class Naming implements ServerNaming {
  onName: (() => void) | undefined;
  readonly #server: ServerState;
  /** It hasn't been in use so far: its first address is nothing to talk of. */
  #first = true;

  constructor(server: ServerState) {
    this.#server = server;
  }

  get record(): string | undefined {
    return this.#server.memory.text("record") || undefined;
  }
  get lastAddress(): string | undefined {
    return this.#server.memory.text("lastAddress") || undefined;
  }
  get inMaintenance(): boolean {
    return (this.#server.nextAdmin & admin.resolutionMaint) !== 0;
  }

  setAddress(host: string | undefined, by: string): void {
    const server = this.#server;
    const { memory } = server;
    const was = memory.text("host");
    if (was === (host ?? "")) return;
    if (by !== "") {
      this.#first = false;
      if (host !== undefined)
        tell(
          server,
          5,
          `${server.path} changed its IP from ${was === "" ? "(none)" : was} to ${host} by ${by}`,
        );
    }
    memory.setText("host", host ?? "");
    memory.add(field.generation, 1);
    if (host !== undefined) setDynamicCookie(server);
  }

  setTarget(host: string | undefined, port: number): void {
    const { memory } = this.#server;
    memory.setText("hostname", host ?? "");
    memory.set(field.port, port);
    memory.set(field.mappedPort, 0);
    memory.add(field.generation, 1);
  }

  enterMaintenance(cause: string | undefined): void {
    this.#first = false;
    const server = this.#server;
    server.all.lock.hold(() => setAdmin(server, admin.resolutionMaint, cause));
  }

  leaveMaintenance(notice: string | undefined): void {
    const server = this.#server;
    if (!this.inMaintenance) return;
    if (this.#first) server.all.lock.hold(() => beginWork(server));
    else server.all.lock.hold(() => clearAdmin(server, admin.resolutionMaint));
    this.#first = false;
    if (notice !== undefined) tell(server, 5, notice);
  }
}
