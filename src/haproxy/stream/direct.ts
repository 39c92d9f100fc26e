import type { ConnectOptions } from "../../proxy/index.js";
import { applySource } from "./server-tools.js";
import type { Stream } from "./stream.js";

/** `dispatch` and `option transparent`: where connections go that no server was chosen for; undefined: the back end has servers. */
export function openDirect(stream: Stream): ConnectOptions | undefined {
  const { section } = stream.back;
  if (stream.search.wanted !== undefined) return undefined;
  const options: { -readonly [key in keyof ConnectOptions]: ConnectOptions[key] } = {
    timeoutMs: section.timeouts.connect ?? 0,
    keepAlive: section.options.srvtcpka,
  };
  if (section.dispatch !== undefined) {
    const { address } = section.dispatch;
    if (address.kind === "inet") {
      options.host = address.host;
      options.port = address.ports?.from ?? 0;
    } else if (address.kind === "unix") options.path = address.path;
    else if (address.kind === "abstract") options.path = `\0${address.path}`;
    else return undefined;
  } else if (section.options.transparent && stream.destination.family !== 0) {
    options.host = stream.destination.host;
    options.port = stream.destination.port;
  } else return undefined;
  applySource(options, stream, section.source);
  return options;
}
