import { percentless, rondoCommand, systemdWord } from "./unit-file.js";

/** What systemd knows it by. */
export const nginxUnitName = "rondo-nginx.service";

/**
 * The text of the unit. The file is tested before a start and before a reload, so that `systemctl` says what is wrong with it; systemd hears when
 * the workers serve. A stop lets answers be finished, for a while.
 */
export function nginxUnit(file: string): string {
  const command = (...words: string[]) =>
    [...rondoCommand, "nginx", "-c", file, ...words].map(systemdWord).join(" ");
  return `# Written by \`rondo unit nginx\`.
[Unit]
Description=Web server and proxy by Rondo's nginx
Wants=network-online.target
After=network-online.target nss-lookup.target remote-fs.target
Conflicts=nginx.service
ConditionFileNotEmpty=${percentless(file)}

[Service]
Type=notify
NotifyAccess=main
ExecStartPre=${command("-t", "-q", "-g", "daemon off;")}
ExecStart=${command("-g", "daemon off;")}
ExecReload=${command("-t", "-q", "-g", "daemon off;")}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGQUIT
TimeoutStartSec=90
TimeoutStopSec=30
Restart=on-failure
RestartSec=1s

[Install]
WantedBy=multi-user.target
`;
}
