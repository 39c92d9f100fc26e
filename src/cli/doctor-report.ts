import type { Finding, HostFacts, Mended } from "../doctor/index.js";
import { counted } from "./counted.js";

/** What a doctor has to tell. */
export interface Report {
  readonly facts: readonly HostFacts[];
  readonly findings: readonly Finding[];
  /** Hosts that couldn't be looked at. */
  readonly absent: readonly { readonly host: string; readonly why: string }[];
  /** With --fix: what was run. */
  readonly mended?: readonly Mended[];
}

export function jsonReport({ facts, findings, absent, mended }: Report): string {
  const unseen = [
    ...absent.map(({ host, why }) => ({ host, what: "all of it", why })),
    ...facts.flatMap(({ host, unseen: all }) => all.map(({ what, why }) => ({ host, what, why }))),
  ];
  const hosts = facts.map(({ host }) => host);
  return `${JSON.stringify({ hosts, findings, unseen, ...(mended && { mended }) })}\n`;
}

export function textReport({ facts, findings, absent, mended }: Report): string {
  const lines = findings.flatMap(findingLines);
  for (const { host, why } of absent) lines.push(`not looked at: ${host} (${why})`);
  for (const { what, why, hosts } of unseenOf(facts)) lines.push(`not looked at${hosts}: ${what} (${why})`);
  const hosts = counted(facts.length, "host");
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const left = mended ? " left" : "";
  if (findings.length === 0)
    lines.push(`${hosts}: nothing wrong ${mended?.length ? "is left" : "was found"}`);
  else lines.push(`${hosts}: ${counted(errors, "error")}, ${counted(warnings, "warning")}${left}`);
  const commands = findings.reduce((total, { mend }) => total + mend.length, 0);
  if (commands > 0 && !mended)
    lines.push(`--fix runs the ${counted(commands, "command")} above, and looks again`);
  return lines.map((line) => `${line}\n`).join("");
}

function findingLines({ code, severity, host, what, shows, mend, cure }: Finding): string[] {
  return [
    `${host}: ${severity} ${code}: ${what}`,
    `    shows:  ${shows}`,
    ...mend.map(
      (one, index) =>
        `    ${index === 0 ? "mend: " : "      "}  ${one.host === host ? "" : `(on ${one.host}) `}${one.command}`,
    ),
    ...(cure === undefined ? [] : [`    ${mend.length === 0 ? "cure: " : "or:   "}  ${cure}`]),
    "",
  ];
}

/** The same of several hosts is told once. */
function unseenOf(facts: readonly HostFacts[]): { what: string; why: string; hosts: string }[] {
  const all = facts.flatMap(({ host, unseen }) => unseen.map((each) => ({ ...each, host })));
  const keys = new Map(all.map((each) => [`${each.what} ${each.why}`, each]));
  return [...keys].map(([key, { what, why }]) => {
    const hosts = all.filter((each) => `${each.what} ${each.why}` === key).map(({ host }) => host);
    return { what, why, hosts: facts.length === 1 ? "" : ` on ${hosts.join(", ")}` };
  });
}
