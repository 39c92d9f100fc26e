import { httpDate } from "../answer/http-date.js";
import { escapeUri } from "../uri/escape.js";

/** What a folder has; its name in latin1. */
export interface Entry {
  readonly name: string;
  readonly kind: "directory" | "file" | "other";
  readonly modifiedSeconds: number;
  readonly size: number;
}

const escapes: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[<>&"]/g, (character) => escapes[character] as string);

/** A name takes so many columns (NGX_HTTP_AUTOINDEX_NAME_LEN); what is longer loses its end. */
const columns = 50;

/** nginx's page of a folder. */
export function htmlList(
  uri: string,
  entries: readonly Entry[],
  how: { readonly localTime: boolean; readonly exactSize: boolean; readonly isUtf8: boolean },
): string {
  const title = escapeHtml(uri);
  const lines = entries.map((entry) => {
    const isFolder = entry.kind === "directory";
    const href = escapeUri(entry.name, "component") + (isFolder ? "/" : "");
    const size = how.exactSize ? exactSize(entry) : shortSize(entry);
    return `<a href="${href}">${shownName(entry, how.isUtf8)} ${time(entry, how.localTime)} ${size}\r\n`;
  });
  return (
    `<html>\r\n<head><title>Index of ${title}</title></head>\r\n<body>\r\n<h1>Index of ${title}</h1>` +
    `<hr><pre><a href="../">../</a>\r\n${lines.join("")}</pre><hr></body>\r\n</html>\r\n`
  );
}

/** The name up to its column, with the end of its link. */
function shownName({ name, kind }: Entry, isUtf8: boolean): string {
  const letters = isUtf8 ? lettersOf(name) : [...name];
  if (letters.length > columns) return `${escapeHtml(letters.slice(0, columns - 3).join(""))}..&gt;</a>`;
  const slash = kind === "directory" && letters.length < columns ? "/" : "";
  return `${escapeHtml(name)}${slash}</a>${" ".repeat(columns - letters.length - slash.length)}`;
}

/** Bytes by letters of UTF-8; by bytes where they are none. */
function lettersOf(name: string): string[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(name, "latin1"));
    return [...text].map((letter) => Buffer.from(letter).toString("latin1"));
  } catch {
    return [...name];
  }
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (number: number) => String(number).padStart(2, "0");

function time({ modifiedSeconds }: Entry, isLocal: boolean): string {
  const offset = isLocal ? new Date().getTimezoneOffset() * 60 : 0;
  const at = new Date((modifiedSeconds - offset) * 1000);
  const day = `${two(at.getUTCDate())}-${months[at.getUTCMonth()]}-${at.getUTCFullYear()}`;
  return `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

const exactSize = ({ kind, size }: Entry) => (kind === "directory" ? "-" : String(size)).padStart(19);

const [kilo, mega, giga] = [1024, 1024 ** 2, 1024 ** 3];

function shortSize({ kind, size }: Entry): string {
  if (kind === "directory") return "      -";
  const scaled = (unit: number, letter: string) =>
    `${String(Math.floor(size / unit) + (size % unit > unit / 2 - 1 ? 1 : 0)).padStart(6)}${letter}`;
  if (size > giga - 1) return scaled(giga, "G");
  if (size > mega - 1) return scaled(mega, "M");
  if (size > 9999) return scaled(kilo, "K");
  return ` ${String(size).padStart(6)}`;
}

const controls: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

/** Bytes as they are, but for what JSON doesn't take (ngx_escape_json). */
function escapeJson(text: string): string {
  let made = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character === '"' || character === "\\") made += `\\${character}`;
    else if (code >= 0x20) made += character;
    else made += controls[character] ?? `\\u00${code.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return made;
}

/** @param callback "": bare JSON */
export function jsonList(entries: readonly Entry[], callback: string): string {
  const items = entries.map(
    ({ name, kind, modifiedSeconds, size }) =>
      `\r\n{ "name":"${escapeJson(name)}", "type":"${kind}", "mtime":"${httpDate(modifiedSeconds)}"` +
      `${kind === "file" ? `, "size":${size}` : ""} }`,
  );
  const list = `[${items.join(",")}\r\n]`;
  return callback === "" ? list : `/* callback */\r\n${callback}(${list});`;
}

export function xmlList(entries: readonly Entry[]): string {
  const items = entries.map(({ name, kind, modifiedSeconds, size }) => {
    const at = new Date(modifiedSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    const bytes = kind === "file" ? ` size="${size}"` : "";
    return `<${kind} mtime="${at}"${bytes}>${escapeHtml(name)}</${kind}>\r\n`;
  });
  return `<?xml version="1.0"?>\r\n<list>\r\n${items.join("")}</list>\r\n`;
}
