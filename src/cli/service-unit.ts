import { rondoPath } from "../package-root.js";
import { systemdWord } from "./unit-file.js";

/** What a daemon's unit is made of. */
export interface ServiceUnit {
  readonly description: string;
  /** The words behind `rondo`. */
  readonly words: readonly string[];
  /** What has to be there before it starts, and is there when it ends. */
  readonly after: readonly string[];
}

/** The text of a systemd unit for a daemon that runs in the foreground. It needs no PATH and no shell. */
export function serviceUnit({ description, words, after }: ServiceUnit): string {
  const command = [process.execPath, rondoPath, ...words].map(bare).join(" ");
  return `# Written by \`rondo ${words[0]} --unit\`.
[Unit]
Description=${description}
Wants=network-online.target
After=${["network-online.target", ...after].join(" ")}

[Service]
ExecStart=${command}
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
`;
}

/** Plain words need no quotes. */
const bare = (word: string): string => (/^[\w@+=:,./-]+$/.test(word) ? word : systemdWord(word));
