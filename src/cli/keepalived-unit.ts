import { existsSync } from "node:fs";
import { percentless, rondoCommand, systemdWord } from "./unit-file.js";

/** What systemd knows it by. */
export const keepalivedUnitName = "rondo-keepalived.service";

/** Where the two families of distributions keep a service's options, and how they call them. */
const defaults = () =>
  existsSync("/etc/sysconfig")
    ? { file: "/etc/sysconfig/keepalived", variable: "KEEPALIVED_OPTIONS" }
    : { file: "/etc/default/keepalived", variable: "DAEMON_ARGS" };

/**
 * The text of the unit. It takes the options that the distribution's own unit would take; a file that is refused isn't tried again and
 * again; systemd hears when it runs, reloads and stops, and that it lives.
 */
export function keepalivedUnit(file: string): string {
  const command = [...rondoCommand, "keepalived", "--dont-fork", "--use-file", file]
    .map(systemdWord)
    .join(" ");
  const options = defaults();
  return `# Written by \`rondo unit keepalived\`.
[Unit]
Description=VRRP and health checks by Rondo's keepalived
Wants=network-online.target
After=network-online.target syslog.target
Conflicts=keepalived.service
ConditionFileNotEmpty=${percentless(file)}

[Service]
Type=notify
NotifyAccess=main
EnvironmentFile=-${options.file}
ExecStart=${command} $${options.variable}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
TimeoutStartSec=90
TimeoutStopSec=30
WatchdogSec=30
Restart=on-failure
RestartSec=100ms
RestartPreventExitStatus=2 4 5 6

[Install]
WantedBy=multi-user.target
`;
}
