import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import type { BindOptions } from "../../haproxy/assemble/binding.js";
import type { Master } from "./master.js";
import type { Messages } from "./messages.js";

/** What a master is started with. */
export interface MasterOptions {
  readonly words: readonly string[];
  /** Reads the files again; undefined: they have errors, which were said. */
  readonly load: () => Promise<HaproxyConfig | undefined>;
  readonly first: HaproxyConfig;
  readonly messages: Messages;
  readonly version: string;
  readonly bind: BindOptions;
  readonly proxyMaxconn: number | undefined;
  readonly systemd: boolean;
  /** It runs in the background: so do its workers. */
  readonly daemon: boolean;
  readonly oldSockets: readonly number[];
  readonly oldProcesses: { readonly signal: "SIGUSR1" | "SIGTERM"; readonly pids: readonly number[] };
  readonly inherited: readonly number[];
  /** Everything is bound; false: something that has to be done then failed, and was said. */
  readonly onBound: () => boolean;
  /** Opens the master's own sockets (-S). */
  readonly openSockets: (master: Master) => Promise<boolean>;
}
