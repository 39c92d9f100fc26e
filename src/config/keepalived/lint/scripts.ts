import type { NotifyScripts, ScriptCommand } from "../model/index.js";
import type { World } from "../source/world.js";
import type { Lint, Note } from "./lint.js";

/** Looks at a script as keepalived does before it runs it; true if there is a file to be run. */
function examine(
  command: ScriptCommand | undefined,
  what: string,
  required: boolean,
  user: ScriptCommand["user"],
  note: Note,
  world: World,
): boolean {
  if (!command) return false;
  const [program] = command.argv;
  if (/^<[ \t]*\//.test(program)) return false;
  const runs = command.user ??
    user ?? { uid: world.ownUser().uid, gid: world.ownUser().gid, name: world.ownUser().name };
  const facts = world.script(program, runs.uid, runs.gid);
  if (!facts) return false;
  if (facts.kind === "not-found")
    note(
      command.at,
      "script-missing",
      required
        ? `Disabling track script ${what} since not found/accessible`
        : `Script ${program} cannot be found - disabling`,
      {
        ...(required ? { severity: "error" as const, refused: "error" as const } : {}),
        remedy: `There is no ${program} that ${runs.name} can run.`,
      },
    );
  else if (facts.kind === "not-executable")
    note(
      command.at,
      "script-not-executable",
      `WARNING - script '${program}' is not executable for uid:gid ${runs.uid}:${runs.gid} - disabling.`,
      {
        ...(required ? { severity: "error" as const, refused: "error" as const } : {}),
        remedy: `chmod +x ${program}, or name another user behind it.`,
      },
    );
  else if (facts.insecure !== undefined)
    note(command.at, "script-insecure", `Unsafe permissions found for script '${program}'`, {
      remedy: `Somebody besides root can write ${facts.insecure}: chown root and chmod go-w it, or run the script as another user.`,
    });
  if (facts.resolved !== undefined)
    note(
      command.at,
      "script-path",
      `WARNING - script \`${program}\` resolved by path search to \`${facts.resolved}\`. Please specify full path.`,
      { severity: "note" },
    );
  return facts.kind !== "not-found";
}

const all = (notify: NotifyScripts) => Object.values(notify) as ScriptCommand[];

/**
 * Scripts that are not there, can't be run or could be changed by others; and whether any is run at all without
 * enable_script_security, for which keepalived -t ends with 6.
 */
export const lintScripts: Lint = (config, note, world) => {
  const { global } = config;
  const user = global.scriptUser;
  const look = (command: ScriptCommand | undefined, what = "", required = false) =>
    examine(command, what, required, user, note, world);
  const vrrp = [
    ...config.scripts.map((script) => ({
      command: script.command,
      runs: look(script.command, script.name, true),
    })),
    ...[...config.instances, ...config.syncGroups]
      .flatMap((one) => all(one.notify))
      .map((command) => ({ command, runs: look(command) })),
    ...[global.notifyFifo, global.vrrpNotifyFifo].flatMap((fifo) =>
      fifo?.script ? [{ command: fifo.script, runs: look(fifo.script) }] : [],
    ),
  ];
  const servers = config.virtualServers.flatMap((virtual) => [
    virtual.quorumUp,
    virtual.quorumDown,
    ...virtual.servers.flatMap((server) => [
      server.notifyUp,
      server.notifyDown,
      ...server.checks.flatMap((check) => (check.kind === "MISC_CHECK" ? [check.command] : [])),
    ]),
  ]);
  const checks = [...servers, ...(servers.length > 0 ? [global.lvsNotifyFifo?.script] : [])].flatMap(
    (command) => (command ? [{ command, runs: look(command) }] : []),
  );
  const startStop = [global.startupScript, global.shutdownScript].flatMap((command) =>
    command ? [{ command, runs: look(command) }] : [],
  );
  if (global.scriptSecurity) return;
  const first = [...vrrp, ...checks, ...startStop].find((one) => one.runs);
  if (first)
    note(
      first.command.at,
      "script-security",
      "SECURITY VIOLATION - scripts are being executed but script_security not enabled.",
      {
        refused: "security",
        remedy: "Add enable_script_security and script_user NAME to global_defs.",
      },
    );
};
