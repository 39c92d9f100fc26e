import {
  type Choice,
  numberText,
  type ToldCandidate,
  type TracedEntry,
  type TracedPacket,
} from "../dataplane/xdp/index.js";
import {
  type Device,
  leftBy,
  methodText,
  type ReadPacket,
  textOf,
  timeText,
  verdictText,
} from "./capture-lines.js";
import { columns } from "./columns.js";
import { counted } from "./counted.js";
import { durationText } from "./duration.js";
import type { TraceNames } from "./trace-names.js";
import { type Rewriting, rewritingOf } from "./trace-rewriting.js";

/** A packet that was followed, and what was read of it. */
export interface ReadTrace extends ReadPacket {
  readonly packet: TracedPacket;
}

/** A device's name by its index. */
export type DeviceNames = (index: number) => string;

const label = (name: string, text: string) => `  ${name.padEnd(11)}${text}`;

/** All that happened to a packet, a line for each step; the last line is empty. */
export function traceBlock(read: ReadTrace, names: TraceNames, devices: readonly Device[]): string[] {
  const { packet } = read;
  const device = devices.find(({ index }) => index === packet.device)?.name ?? "unknown";
  const lines = [`${timeText(packet.at)} ${device}  ${headText(read, names)}`];
  const { service, template, choice, connection } = packet;
  if (packet.course === "reply" && connection)
    lines.push(
      label(
        "reply of",
        `${names.endpoint(connection.client, connection.protocol)} > ${names.endpoint(connection.virtual, connection.protocol)}`,
      ),
    );
  if (packet.flow) lines.push(label("table", tableText(packet)));
  if (service) lines.push(label("service", service.id ? names.service(service.id) : "none wants it"));
  if (template) lines.push(label("template", templateText(template, names)));
  if (choice) lines.push(...choiceLines(choice, names));
  const rewriting = rewritingOf(read);
  if (rewriting) lines.push(...rewritingLines(rewriting, names, packet));
  lines.push(label("way out", wayText(read, names, devices)), "");
  return lines;
}

/** "tcp 192.168.4.10:40000 > 192.168.4.15:80 SYN"; what has no ports in tcpdump's words. */
function headText({ packet, came }: ReadTrace, names: TraceNames): string {
  const { flow } = packet;
  if (!flow) return textOf(came);
  const { protocol, client, virtual } = flow;
  const ends = `${protocol} ${names.endpoint(client, protocol)} > ${names.endpoint(virtual, protocol)}`;
  const { fragmentOffset = 0 } = came?.ipv4 ?? came?.ipv6 ?? {};
  if (fragmentOffset > 0) return `${ends} fragment from byte ${fragmentOffset} on`;
  return [ends, whatText(came), lengthText(came)].filter(Boolean).join(" ");
}

const flagWords = { syn: "SYN", fin: "FIN", rst: "RST", psh: "PSH", ack: "ACK" } as const;

function whatText(came: ReadTrace["came"]): string {
  if (came?.tcp) {
    const { flags } = came.tcp;
    return Object.entries(flagWords)
      .filter(([name]) => flags[name as keyof typeof flagWords])
      .map(([, word]) => word)
      .join(" ");
  }
  const chunk = came?.sctp?.chunks[0];
  return chunk ? textOf(came).replace(/^.*?: sctp /, "") : "";
}

/** The payload's bytes, as the headers tell. */
function lengthText(came: ReadTrace["came"]): string {
  const ip = came?.ipv4 ?? came?.ipv6;
  const header = came?.tcp?.headerLength ?? (came?.udp ? 8 : undefined);
  if (!ip || header === undefined) return "";
  const bytes = ip.totalLength - ip.headerLength - header;
  return bytes > 0 ? counted(bytes, "byte") : "";
}

const timeLeft = (seconds: number) => durationText(seconds * 1000, Math.round);
const entryText = ({ state, seconds }: TracedEntry) => `${state}, ${timeLeft(seconds)} left`;

/** "made: SYN_RECV, 60s left", "found: SYN_RECV, 58s left; then ESTABLISHED, 15m00s left" … */
function tableText({ entry, before, after, fate }: TracedPacket): string {
  const then = after ? `; then ${entryText(after)}` : "";
  switch (entry) {
    case "made":
      return `made${after ? `: ${entryText(after)}` : ""}`;
    case "renewed":
      return `made anew: was ${before ? overOr(before) : "over"}${then}`;
    case "found":
      if (!before) return "found";
      if (after?.state === before.state)
        return `found: ${before.state}, ${timeLeft(before.seconds)} left, again ${timeLeft(after.seconds)}`;
      return `found: ${overOr(before)}${then}`;
    case "none":
      return fate === "sent" ? "no entry" : "no entry, and none was made";
  }
}

const overOr = (one: TracedEntry) => (one.seconds < 0 ? `${one.state}, over` : entryText(one));

function templateText(template: NonNullable<TracedPacket["template"]>, names: TraceNames): string {
  const { made, client, virtual, seconds, connections } = template;
  const to = virtual.port === 0 ? `${names.address(virtual.address)}, any port` : names.endpoint(virtual);
  const uses = made ? "" : `, ${counted(connections, "connection")} before this one`;
  return `${made ? "made" : "found"}: ${names.address(client)} > ${to}${uses}, ${timeLeft(seconds)} from now on`;
}

/** The choice and why, and below it the candidates, the chosen one with a star. */
function choiceLines(choice: Choice, names: TraceNames): string[] {
  const { candidates, count, winner } = choice;
  const lines = [label("scheduler", choiceText(choice, names))];
  const isWinner = (one: ToldCandidate) => one.index === winner?.index;
  const rows = candidates.map((one) => candidateRow(one, isWinner(one), names));
  if (winner && !candidates.some(isWinner)) rows.push(candidateRow(winner, true, names));
  if (rows.length > 0)
    lines.push(
      ...columns([["  server", "weight", "active", "inactive", "load"], ...rows], 1).map(
        (line) => `    ${line}`,
      ),
    );
  const more = count - rows.length;
  if (more > 0) lines.push(`      … and ${more} more`);
  return lines;
}

const candidateRow = (one: ToldCandidate, won: boolean, names: TraceNames): string[] => [
  `${won ? "*" : " "} ${names.server(one.server)}`,
  `${one.weight}`,
  `${one.active}`,
  `${one.inactive}`,
  [one.load === undefined ? (one.refused ?? "-") : numberText(one.load), one.remembered ? "remembered" : ""]
    .filter(Boolean)
    .join(", "),
];

/** "wlc: web1:80, (257·0 + 3) / 1 = 3 is least", "rr: no candidate: all have weight 0". */
export function choiceText({ scheduler, winner, why }: Choice, names: TraceNames): string {
  return winner ? `${scheduler}: ${names.server(winner.server)}, ${why}` : `${scheduler}: ${why}`;
}

function rewritingLines({ source, destination, outer }: Rewriting, names: TraceNames, packet: TracedPacket) {
  const protocol = packet.flow?.protocol;
  const lines = [];
  for (const [name, change] of Object.entries({ source, destination }))
    if (change)
      lines.push(
        label(
          "rewriting",
          `${name} ${names.endpoint(change.from, protocol)} -> ${names.endpoint(change.to, protocol)}`,
        ),
      );
  if (outer) {
    const port = outer.port === undefined ? "" : ` port ${outer.port}`;
    lines.push(label("wrapping", `${outer.kind}${port}, ${outer.source} > ${outer.destination}`));
  }
  return lines;
}

function wayText(read: ReadTrace, names: TraceNames, devices: readonly Device[]): string {
  const text = verdictText(read, names.server);
  const { left } = read;
  if (!left) return text;
  const device = leftBy(read, devices)?.name ?? "unknown";
  return `${device}, ${left.ethernet.source} > ${left.ethernet.destination}: ${text}`;
}

/** A line for each connection that is made, or could not be; undefined for all other packets. */
export function briefLine(read: ReadTrace, names: TraceNames): string | undefined {
  const { packet } = read;
  const { flow, service, server, choice, template, entry, reason } = packet;
  if (!flow || !service?.id || (entry === "found" && !choice && !template)) return undefined;
  const { protocol } = flow;
  const ends = `${protocol} ${names.endpoint(flow.client, protocol)} > ${names.endpoint(flow.virtual, protocol)}`;
  const to = server ? `${names.server(server)} (${methodText(server)})` : "nobody";
  const why = [
    template && !template.made ? "by its template" : "",
    choice ? `${choice.scheduler}: ${choice.why}` : "",
    reason ?? "",
  ].filter(Boolean);
  return `${timeText(packet.at)} ${ends} -> ${to}, ${why.join(", ")}`.replace(/, $/, "");
}
