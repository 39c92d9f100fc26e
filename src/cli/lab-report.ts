import { draw, plain, plugs, type RunReport, type Topology, tellHops } from "../lab/index.js";

/** What a run shows a person, line by line. */
export function tellRun(topology: Topology, report: RunReport): string[] {
  const lines = [
    topology.summary,
    "",
    ...draw(topology),
    "",
    ...way(topology, report),
    ...answers(report),
    "",
    ...counts(report),
    "",
    ...(report.stats === ""
      ? []
      : ["ipvsadm -Ln --stats on the director:", ...report.stats.trimEnd().split("\n"), ""]),
    ...verdict(report),
  ];
  return speaksUtf8() ? lines : lines.map(plain);
}

/** Where nothing is said of it, terminals of today do. */
function speaksUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return !locale || /utf-?8/i.test(locale);
}

function way(topology: Topology, { hops, responses }: RunReport): string[] {
  const owners = new Map(
    plugs(topology).map((plug) => [plug.mac.toString(), `${plug.host.name}'s ${plug.interface.name}`]),
  );
  const head = "The way of the first request, captured at the switch's ports:";
  if (hops.length > 0) return [head, "", ...tellHops(hops, (mac) => owners.get(mac) ?? "nobody's"), ""];
  return [head, "", `  it made no connection (${responses[0]?.error ?? "nothing was captured"})`, ""];
}

/** More answers than this are shown by name only, ten a line. */
const listed = 40;

function answers({ responses }: RunReport): string[] {
  const names = responses.map((answer) => (answer.error === undefined ? answer.server : "-"));
  const width = Math.max(...names.map((name) => name.length));
  if (responses.length <= listed)
    return [
      "Who answered:",
      ...responses.map(
        (answer, i) =>
          `${String(answer.number).padStart(5)}  ${names[i]!.padEnd(width)}  ${answer.error ?? answer.body}`,
      ),
    ];
  const rows = Array.from({ length: Math.ceil(names.length / 10) }, (_, row) => row);
  return [
    "Who answered, in the order of the requests:",
    ...rows.map((row) => {
      const part = names.slice(row * 10, row * 10 + 10).map((name) => name.padEnd(width));
      return `${String(row * 10 + 1).padStart(7)}  ${part.join(" ").trimEnd()}`;
    }),
  ];
}

function counts({ answers, expected, exact }: RunReport): string[] {
  const hosts = [...new Set([...Object.keys(expected), ...Object.keys(answers)])].sort();
  const width = Math.max(...hosts.map((host) => host.length), 4);
  return [
    `  ${"host".padEnd(width)}  answered  expected${exact ? "" : " by weight"}`,
    ...hosts.map(
      (host) =>
        `  ${host.padEnd(width)}  ${String(answers[host] ?? 0).padStart(8)}  ${String(expected[host] ?? 0).padStart(8)}`,
    ),
  ];
}

function verdict({ ok, answered, requests, exact, faults }: RunReport): string[] {
  if (ok) return [`ok: ${answered} of ${requests} requests answered${exact ? ", shares as expected" : ""}`];
  const told = faults.slice(0, listed).map((fault) => `  ${fault}`);
  if (faults.length > listed) told.push(`  and ${faults.length - listed} more`);
  return [`not ok: ${answered} of ${requests} requests answered`, ...told];
}
