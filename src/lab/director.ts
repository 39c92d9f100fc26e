import { resetDirector } from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { withNetworkNamespace } from "../sys/index.js";
import type { Host } from "./host.js";
import { words } from "./rules.js";
import type { Hook } from "./state.js";
import type { HostSpec } from "./topology.js";

/**
 * What a lab needs of a director: the one place where the lab meets the packet program. All of it goes through the
 * commands that a person would type on the director.
 */
export interface DirectorControl {
  /** Puts the packet program on the host's interfaces and gives it the topology's rules. */
  setUp(host: Host, spec: HostSpec, hook: Hook, signal?: AbortSignal): Promise<void>;
  /** Has a real server take packets for these VIPs out of tunnels. */
  takeTunnels(host: Host, vips: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Takes that back. */
  leaveTunnels(host: Host, vips: readonly string[]): Promise<void>;
  /** What `ipvsadm -Ln --stats` prints. */
  statistics(host: Host, signal?: AbortSignal): Promise<string>;
  /** Lets go of what is pinned for the namespace of this descriptor; nothing there is no error. */
  release(namespace: number): void;
}

export const rondoDirector: DirectorControl = {
  async setUp(host, spec, hook, signal) {
    const interfaces = spec.interfaces.map(({ name }) => name);
    await rondo(host, ["director", "attach", "--hook", hook, ...interfaces], signal);
    for (const rule of spec.rules ?? []) await rondo(host, ["ipvsadm", ...words(rule)], signal);
  },

  async takeTunnels(host, vips, signal) {
    for (const vip of vips) await rondo(host, ["realserver", "tun", vip], signal);
  },

  async leaveTunnels(host, vips) {
    for (const vip of vips) await rondo(host, ["realserver", "tun", vip, "--undo"]);
  },

  statistics(host, signal) {
    return rondo(host, ["ipvsadm", "-Ln", "--stats"], signal);
  },

  release(namespace) {
    withNetworkNamespace(namespace, () => resetDirector());
  },
};

/**
 * Runs `rondo …` on a host and gives what it printed.
 * @throws RondoError "director-refused" with what it said if its exit status is not 0.
 */
async function rondo(host: Host, args: readonly string[], signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  const child = host.spawn(process.execPath, [rondoPath, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop);
  let output = "";
  let complaint = "";
  child.stdout!.on("data", (data: Buffer) => {
    output += data.toString();
  });
  child.stderr!.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  const status = await new Promise<number | string>((resolve) => {
    child.once("close", (code, by) => resolve(code ?? by ?? "?"));
    child.once("error", (error) => resolve(error.message));
  });
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (status === 0) return output;
  const said = (complaint || output).trim() || `it ended with ${status}`;
  throw new RondoError("director-refused", `on ${host.name}, \`rondo ${args.join(" ")}\` failed: ${said}`);
}
