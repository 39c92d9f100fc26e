import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import type { BindOptions } from "../../haproxy/assemble/binding.js";
import type { Messages } from "./messages.js";
import type { RunSettings } from "./run-settings.js";

/** How sockets are made, by the configuration and the command line. */
export function bindOptions(config: HaproxyConfig, settings: RunSettings, messages: Messages): BindOptions {
  return {
    reusePort: settings.reusePort,
    unix: config.global.unixBind,
    warn: (text) => messages.warning(text),
  };
}
