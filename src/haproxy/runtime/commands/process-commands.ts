import { addressTexts } from "../../../config/haproxy/values/address-text.js";
import { type Command, type CommandCall, failure, information, type Reply } from "../command.js";

/** What the process was started as. */
export const processCommands: readonly Command[] = [
  {
    words: ["show", "version"],
    usage: "show version                            : show version of the current process",
    master: "also",
    run: ({ host }) => information(`${host.version}\n`),
  },
  {
    words: ["show", "env"],
    usage: "show env [var]                          : dump environment variables known to the process",
    level: "operator",
    run: showEnvironment,
  },
  {
    words: ["show", "cli", "sockets"],
    usage: "show cli sockets                        : dump list of cli sockets",
    master: "also",
    run: ({ host }) =>
      [
        "# socket lvl processes\n",
        ...host.process.config.global.statsSockets.flatMap(({ address, level }) =>
          addressTexts(address).map((text) => `${text} ${level ?? "operator"} all\n`),
        ),
      ].join(""),
  },
  {
    words: ["show", "startup-logs"],
    usage: "show startup-logs                       : report logs emitted during HAProxy startup",
    level: "operator",
    run: ({ host }) => information(host.startupLogs() || "\n"),
  },
];

function showEnvironment({ word }: CommandCall): Reply {
  const name = word(2);
  if (name !== "")
    return process.env[name] === undefined
      ? failure("Variable not found\n")
      : `${name}=${process.env[name]}\n`;
  return { pieces: Object.entries(process.env).map(([each, value]) => `${each}=${value}\n`) };
}
