import type { DecodedTcp, TcpFlag } from "./tcp.js";
import type { TcpOption } from "./tcp-options.js";

const flagLetters: readonly (readonly [TcpFlag, string])[] = [
  ["fin", "F"],
  ["syn", "S"],
  ["rst", "R"],
  ["psh", "P"],
  ["ack", "."],
  ["urg", "U"],
  ["ece", "E"],
  ["cwr", "W"],
];

/** "S", "S.", "P." … as tcpdump has them; "none" without any flag. */
export function flagText(tcp: Pick<DecodedTcp, "flags">): string {
  return flagLetters.map(([name, letter]) => (tcp.flags[name] ? letter : "")).join("") || "none";
}

/** Flags, numbers, options, length and the first line of HTTP. `lengthOnWire` counts the header. */
export function describeTcp(tcp: DecodedTcp, lengthOnWire: number): string {
  const { flags, sequence, acknowledgement, window, urgentPointer, options } = tcp;
  const length = lengthOnWire - tcp.headerLength;
  const parts = [`Flags [${flagText(tcp)}]`];
  const range = length > 0 ? `${sequence}:${(sequence + length) % 2 ** 32}` : `${sequence}`;
  if (length > 0 || flags.syn || flags.fin || flags.rst) parts.push(`seq ${range}`);
  if (flags.ack) parts.push(`ack ${acknowledgement}`);
  parts.push(`win ${window}`);
  if (flags.urg) parts.push(`urg ${urgentPointer}`);
  if (options.length > 0) parts.push(`options [${options.map(optionText).join(",")}]`);
  parts.push(`length ${length}`);
  return parts.join(", ") + (length > 0 && isHttp(tcp) ? httpText(tcp.payload) : "");
}

function optionText(option: TcpOption): string {
  switch (option.kind) {
    case "end":
      return "eol";
    case "nop":
      return "nop";
    case "mss":
      return `mss ${option.value}`;
    case "windowScale":
      return `wscale ${option.shift}`;
    case "sackPermitted":
      return "sackOK";
    case "sack":
      return `sack ${option.blocks.length} ${option.blocks.map(([left, right]) => `{${left}:${right}}`).join("")}`;
    case "timestamps":
      return `TS val ${option.value} ecr ${option.echo}`;
    case "other": {
      const data = Array.from(option.data, (byte) => byte.toString(16).padStart(2, "0")).join("");
      return `unknown-${option.number}${data ? ` 0x${data}` : ""}`;
    }
  }
}

const httpPorts = [80, 8080, 3128];
const isHttp = (tcp: DecodedTcp) =>
  httpPorts.includes(tcp.sourcePort) || httpPorts.includes(tcp.destinationPort);

/** The first line of an HTTP message; nothing of what only continues one. */
function httpText(payload: Uint8Array): string {
  const text = String.fromCharCode(...payload.subarray(0, 200));
  const line = /^((?:[A-Z]{3,10} |HTTP\/)[\x20-\x7e]*)\r?\n/.exec(text);
  return line ? `: HTTP: ${line[1]}` : ": HTTP";
}
