import { attachments, attachWhereMissing, DirectorState, HostNetwork } from "../dataplane/xdp/index.js";
import { watchNetwork } from "../netlink/index.js";
import { ReadySet } from "../sys/index.js";

/** `rondo director watch`: attaches the director to interfaces that come after the last change, until it gets a signal. */
export async function watch(): Promise<number> {
  const state = DirectorState.openOrCreate();
  const host = new HostNetwork();
  const ready = new ReadySet();
  const look = () => {
    const before = new Set(attachments(state, host).map(({ link }) => link.index));
    state.locked(() => attachWhereMissing(state, host));
    for (const { link, attachment } of attachments(state, host))
      if (!before.has(link.index)) process.stdout.write(`${link.name}: ${attachment}\n`);
  };
  look();
  const watcher = watchNetwork({ link: look, resync: look }, ready);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  watcher.close();
  ready.close();
  host.close();
  state.close();
  return 0;
}
