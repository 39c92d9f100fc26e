import { IpAddress } from "../../../wire/address.js";
import type { Row, Statement } from "../grammar/statement.js";
import type { VirtualServerGroup } from "../model/index.js";
import { edgeOf, plainAddress } from "../values/addresses.js";
import { wholeNumber } from "../values/word-values.js";
import type { Reading } from "./reading.js";

type Range = VirtualServerGroup["addresses"][number];
type Mark = VirtualServerGroup["marks"][number];

/** The last address of "192.168.4.1-20", "192.168.4.1-192.168.5.20", "10.0.0.0/28", "fe80::1-ff". */
function lastOf(text: string, from: IpAddress): IpAddress | string {
  const slash = text.indexOf("/");
  if (slash >= 0) {
    const length = /^\d+$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : 0;
    if (length < 1 || length > (from.family === 4 ? 32 : 128)) return `Invalid netmask - ${text} - skipping`;
    if (!edgeOf(from, length, false).equals(from)) return `Address mask bits not empty - ${text} - skipping`;
    return edgeOf(from, length, true);
  }
  const dash = text.indexOf("-");
  if (dash < 0) return from;
  const end = text.slice(dash + 1);
  if (end.includes(from.family === 4 ? "." : ":")) {
    const last = plainAddress(end);
    if (!last || last.family !== from.family) return `Invalid range end ${text} - skipping`;
    return from.compare(last) > 0
      ? `Address range end is less than address range start - ${text} - skipping`
      : last;
  }
  const base = from.family === 4 ? 10 : 16;
  const most = from.family === 4 ? 255 : 0xffff;
  const number = (base === 10 ? /^\d+$/ : /^[\da-f]+$/i).test(end) ? Number.parseInt(end, base) : Number.NaN;
  if (Number.isNaN(number))
    return `Virtual server group range '${text}' has extra characters at end '${end.replace(/^[\da-f]*/i, "")}'`;
  if (number > most) return `Virtual server group range '${text}' end '${end}' too large`;
  const bytes = Uint8Array.from(from.bytes);
  bytes[bytes.length - 1] = number & 255;
  if (from.family === 6) bytes[14] = number >> 8;
  const last = IpAddress.fromBytes(bytes);
  return from.compare(last) >= 0
    ? `Address range end is not greater than address range start - ${text} - skipping`
    : last;
}

function readRange(row: Row, name: string, reading: Reading): Range | undefined {
  const { findings } = reading;
  const [first, second] = row.words;
  const from = plainAddress(first.text);
  const port = !second || /^0*$/.test(second.text) ? 0 : wholeNumber(findings, second, 1, 65535);
  if (port === undefined) return undefined;
  if (!from) {
    findings.add(
      first.at,
      "invalid-address",
      `Invalid virtual server group IP address ${first.text} - skipping`,
      { remedy: `${name} takes ADDRESS[-LAST] PORT, or fwmark MARK.` },
    );
    return undefined;
  }
  const to = lastOf(first.text, from);
  if (typeof to === "string") {
    findings.add(first.at, "invalid-address", to);
    return undefined;
  }
  return { from, to, firstPort: port, lastPort: port, at: findings.files.place(first.at.position()) };
}

/** Reads a virtual_server_group: lines "ADDRESS[-LAST] PORT" and "fwmark MARK [inet|inet6]". */
export function readServerGroup(statement: Statement, reading: Reading): void {
  const [name] = statement.arguments;
  if (!name) return;
  const { findings } = reading;
  const addresses: Range[] = [];
  const marks: (Mark & { said: boolean })[] = [];
  for (const row of statement.rows ?? []) {
    const [first, second, family] = row.words;
    const at = findings.files.place(first.at.position());
    if (first.text !== "fwmark") {
      const range = readRange(row, name.text, reading);
      if (range) addresses.push(range);
    } else if (!second)
      findings.add(
        first.at,
        "missing-parameter",
        "*** Configuration line starting `fwmark` is missing a parameter after keyword `fwmark` at word position 2",
        { refused: "missing-parameter" },
      );
    else {
      const mark = wholeNumber(findings, second, 0, 0xffffffff);
      if (mark === undefined) continue;
      if (family && family.text !== "inet" && family.text !== "inet6")
        findings.add(
          family.at,
          "invalid-value",
          `(${name.text}): fwmark '${mark}' family ${family.text} unknown - ignoring`,
          { remedy: "Write inet or inet6." },
        );
      else
        marks.push({
          from: mark,
          to: mark,
          family: family?.text === "inet6" ? 6 : 4,
          said: family !== undefined,
          at,
        });
    }
  }
  const families = new Set([
    ...addresses.map((one) => one.from.family),
    ...marks.filter((one) => one.said).map((one) => one.family),
  ]);
  if (addresses.length === 0 && marks.length === 0)
    findings.add(name.at, "empty-block", `virtual server group ${name.text} has no entries - removing`);
  else if (families.size > 1 && marks.some((one) => !one.said))
    findings.add(
      name.at,
      "conflict",
      `virtual server group ${name.text} cannot have IPv4, IPv6 and fwmark without family - removing`,
    );
  else {
    const implied = families.size === 1 ? [...families][0]! : 4;
    reading.virtualServerGroups.push({
      name: name.text,
      addresses,
      marks: marks.map(({ said, ...mark }) => (said ? mark : { ...mark, family: implied as 4 | 6 })),
      at: findings.files.place(statement.word.at.position()),
    });
  }
}
