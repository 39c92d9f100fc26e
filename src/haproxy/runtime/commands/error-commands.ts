import type { CapturedError, ProxyRun } from "../../run/index.js";
import { type Command, type CommandCall, failure, leadingInteger, type Reply } from "../command.js";
import { dateText } from "../time-text.js";

/** `show errors`: the last request and response of each proxy that couldn't be read (proxy.c). */
export const errorCommands: readonly Command[] = [
  {
    words: ["show", "errors"],
    usage:
      "show errors [<px>] [request|response]   : report last request and/or response errors for each proxy",
    level: "operator",
    run: showErrors,
  },
];

function showErrors(call: CommandCall): Reply {
  const { proxies } = call.host.process;
  let name = call.word(2);
  let side = call.word(3);
  if (name === "request" || name === "response") [name, side] = ["", name];
  const only = name === "" ? undefined : (findProxy(proxies, name) ?? leadingInteger(name));
  if (only === 0) return failure("No such proxy.\n");
  const id = typeof only === "object" ? only.id : only;
  const captured = proxies
    .flatMap((proxy) => [proxy.invalidRequest, proxy.invalidResponse])
    .filter((each) => each !== undefined);
  const total = Math.max(0, ...captured.map((each) => each.eventId));
  const shown = captured
    .filter((each) => side === "" || each.side === side)
    .filter((each) => id === undefined || each.proxy.id === id || other(each)?.id === id);
  const head = `Total events captured on [${dateText(Date.now())}] : ${total}\n`;
  return {
    pieces: [head, ...shown.map((each) => errorText(each, call.host.process.config.global.tune.bufsize))],
  };
}

const findProxy = (proxies: readonly ProxyRun[], name: string) =>
  proxies.find((proxy) => proxy.name === name);

const other = (error: CapturedError) => (error.side === "request" ? error.backend : error.frontend);

function errorText(error: CapturedError, bufferSize: number): string {
  const { proxy, server, source, bytes } = error;
  const opposite = other(error);
  const named = (each: { name: string; id: number } | undefined) =>
    each === undefined ? "<NONE> (#-1)" : `${each.name} (#${each.id})`;
  const [own, far] = error.side === "request" ? ["frontend", "backend"] : ["backend", "frontend"];
  return [
    " ",
    `[${dateText(error.date)}] ${own} ${named(proxy)}: invalid ${error.side}`,
    `  ${far} ${named(error.side === "request" && opposite?.back === undefined ? undefined : opposite)}, server ${named(server)}, event #${error.eventId}, src ${source.host}:${source.port}`,
    `  buffer starts at 0 (including 0 out), ${Math.max(bufferSize - bytes.length, 0)} free,`,
    `  len ${bytes.length}, wraps at ${bufferSize}, error at position ${error.position}`,
    `  ${error.reason} :`,
    "  ",
    ...dumpLines(bytes),
    "",
  ].join("\n");
}

const escapes: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 27: "\\e", 92: "\\\\" };

/** "  00000  GET / HTTP/1.1\r\n": what isn't printable is escaped; "+" marks a line that goes on with the one before. */
export function dumpLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  let at = 0;
  let start = 0;
  while (at < bytes.length) {
    let text = `  ${String(at).padStart(5, "0")}${at === start ? " " : "+"} `;
    const limit = text.length + 70;
    while (at < bytes.length && text.length < limit) {
      const byte = bytes[at++] as number;
      const printable = byte > 31 && byte < 127 && byte !== 92;
      text += printable
        ? String.fromCharCode(byte)
        : (escapes[byte] ?? `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`);
      if (byte !== 10) continue;
      start = at;
      break;
    }
    lines.push(text);
  }
  return lines;
}
