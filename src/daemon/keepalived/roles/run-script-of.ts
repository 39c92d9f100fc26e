import type { GlobalDefs, ScriptCommand } from "../../../config/keepalived/model/index.js";
import { runScript, type ScriptOptions, type ScriptResult, scriptFault } from "../../../sys/index.js";
import { userOf } from "../follow/index.js";

/**
 * Runs scripts whose exit status is asked for, as the configuration that `global` gives wants it: as whom, and, with
 * enable_script_security, not if others than root may change what root would run.
 */
export const runScriptOf =
  (global: () => GlobalDefs) =>
  (command: ScriptCommand, options: ScriptOptions): Promise<ScriptResult> => {
    const settings = global();
    const user = userOf(command, settings);
    if (settings.scriptSecurity) {
      const fault = scriptFault(command.argv[0], user);
      if (fault?.kind === "unsafe")
        return Promise.resolve({
          timedOut: false,
          missing: `${fault.message} - not run (enable_script_security)`,
        });
    }
    return runScript({ argv: command.argv, user }, options);
  };
