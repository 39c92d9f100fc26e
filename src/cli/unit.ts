import { existsSync } from "node:fs";
import { didYouMean } from "../nearest.js";
import { shellWord } from "../sys/index.js";
import { usageError } from "./command-io.js";
import type { Output } from "./ipvsadm-io.js";
import { keepalivedUnit, keepalivedUnitName } from "./keepalived-unit.js";
import { nginxUnit, nginxUnitName } from "./nginx-unit.js";
import { installUnit, percentless, rondoCommand, systemdWord } from "./unit-file.js";
import { readWords } from "./words.js";

/** What systemd knows the unit by. */
const unitName = "rondo-ipvsadm.service";

const usage = `usage: rondo unit ipvsadm|keepalived|nginx [OPTION…]

Prints a systemd unit. ipvsadm: it restores the rules of ipvsadm at boot, and the mark rules beside them.
keepalived, nginx: it runs \`rondo keepalived\` or \`rondo nginx\`.

  --file FILE     ipvsadm: the rules, as \`ipvsadm-save -n\` prints them; mark rules are in FILE.marks, if that is there
                  (/etc/sysconfig/ipvsadm where there is such a folder, else /etc/ipvsadm.rules)
                  keepalived, nginx: the configuration (/etc/keepalived/keepalived.conf, /etc/nginx/nginx.conf)
  --save          ipvsadm: saves both when the unit is stopped, at shutdown too
  --install       writes it to /etc/systemd/system (${unitName} …) instead of printing it
  --into FOLDER   where --install writes it
`;

const options = {
  file: { type: "string" },
  save: { type: "boolean" },
  install: { type: "boolean" },
  into: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const mark = "# Written by `rondo unit ipvsadm`.";

/** `rondo unit …`: see docs/manual/unit.md. */
export function run(words: readonly string[], stdout: Output = process.stdout): number {
  const { values, positionals } = readWords("unit", words, options, 1);
  if (values["help"]) {
    stdout.write(usage);
    return 0;
  }
  const which = positionals[0];
  if (which === undefined || !isUnit(which))
    throw usageError(
      which === undefined ? "which unit?" : `there is no unit ${which}${didYouMean(which, unitNames)}`,
      `There are: ${unitNames.join(", ")}.`,
    );
  const ofRules = which === "ipvsadm";
  const unit = units[which];
  const file = String(values["file"] ?? unit.usualFile());
  if (!file.startsWith("/")) throw usageError(`--file ${file}: systemd wants a path that begins with /`);
  if (values["into"] !== undefined && !values["install"]) throw usageError("--into belongs to --install");
  if (values["save"] && !ofRules) throw usageError("--save belongs to `rondo unit ipvsadm`");
  const text = unit.text(file, values["save"] === true);
  if (!values["install"]) {
    stdout.write(text);
    return 0;
  }
  const into = values["into"];
  installUnit(unit.name, text, into === undefined ? undefined : String(into), stdout);
  return 0;
}

/** Where the two families of distributions keep the rules. */
function usualFile(): string {
  return existsSync("/etc/sysconfig") ? "/etc/sysconfig/ipvsadm" : "/etc/ipvsadm.rules";
}

/** Those that there are: what systemd knows each by, the file that it is about if none is said, and its text. */
const units = {
  ipvsadm: {
    name: unitName,
    usualFile,
    text: (file: string, save: boolean) => unitText({ file, save, command: rondoCommand }),
  },
  keepalived: {
    name: keepalivedUnitName,
    usualFile: () => "/etc/keepalived/keepalived.conf",
    text: keepalivedUnit,
  },
  nginx: { name: nginxUnitName, usualFile: () => "/etc/nginx/nginx.conf", text: nginxUnit },
} as const;

const unitNames = Object.keys(units);
const isUnit = (name: string): name is keyof typeof units => unitNames.includes(name);

/** What a unit is made of. */
interface UnitParts {
  readonly file: string;
  readonly save: boolean;
  /** The words that run rondo. */
  readonly command: readonly string[];
}

/** The text of the unit. Its commands need no PATH. */
export function unitText({ file, save, command }: UnitParts): string {
  const rondo = command.map(shellWord).join(" ");
  const rules = shellWord(file);
  const marks = shellWord(`${file}.marks`);
  // Marks first: a service of a mark gets no packets without them.
  const start = [
    `test ! -e ${marks} || ${rondo} mark restore ${marks}`,
    `${rondo} ipvsadm-restore --lines < ${rules}`,
  ];
  const keep = (what: string, where: string, path: string) =>
    `umask 077; ${rondo} ${what} > ${shellWord(`${path}.new`)} && mv ${shellWord(`${path}.new`)} ${where}`;
  const stop = [
    ...(save
      ? [keep("mark save", marks, `${file}.marks`), keep("ipvsadm-save -n --thresholds", rules, file)]
      : []),
    `${rondo} ipvsadm -C`,
  ];
  const lines = (key: string, scripts: readonly string[]) =>
    scripts.map((script) => `${key}=/bin/sh -c ${systemdWord(script)}\n`).join("");
  return `${mark}
[Unit]
Description=Virtual services and mark rules of the Rondo director
Wants=network-online.target
After=network-online.target
ConditionPathExists=${percentless(file)}

[Service]
Type=oneshot
RemainAfterExit=yes
${lines("ExecStart", start)}${lines("ExecReload", start)}${lines("ExecStop", stop)}
[Install]
WantedBy=multi-user.target
`;
}
