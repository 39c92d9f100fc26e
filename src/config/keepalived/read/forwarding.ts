import type { Tunnel } from "../../../ipvs/model.js";
import type { Statement } from "../grammar/statement.js";
import { wholeNumber } from "../values/word-values.js";
import { meantOf } from "./readers.js";
import type { Reading } from "./reading.js";
import type { Forwarding } from "./server-draft.js";

const methods = { NAT: "masq", DR: "droute", TUN: "tunnel" } as const;

/** NAT, DR, or TUN [type ipip|gue|gre] [port PORT] [nocsum|csum|remcsum]; undefined if it is wrong. */
export function readForwarding(
  statement: Statement,
  reading: Reading,
  which: string,
): Forwarding | undefined {
  const { findings } = reading;
  const [first, ...words] = statement.arguments;
  if (!first) return undefined;
  const method = methods[first.text as keyof typeof methods];
  if (!Object.hasOwn(methods, first.text)) {
    const meant = meantOf(first.text, ["NAT", "DR", "TUN"]);
    findings.add(
      first.at,
      "invalid-value",
      `PARSER : unknown [${first.text}] routing method for ${which} server.`,
      {
        meant,
        instead: meant,
        remedy: `Write ${meant ?? "NAT, DR or TUN"}.`,
      },
    );
    return undefined;
  }
  let type: Tunnel["type"] = "ipip";
  let port = 0;
  let checksum: Tunnel["checksum"] = "none";
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!;
    const value = words[i + 1];
    if (option.text === "type") {
      i++;
      if (value?.text === "ipip" || value?.text === "gue" || value?.text === "gre") type = value.text;
      else {
        findings.add(
          (value ?? option).at,
          "invalid-value",
          `Unknown tunnel type ${value?.text ?? ""} for ${which} server.`,
          {
            remedy: "Write ipip, gue or gre.",
          },
        );
        return undefined;
      }
    } else if (option.text === "port") {
      i++;
      const number = value && wholeNumber(findings, value, 1, 65535);
      if (number === undefined) {
        if (!value)
          findings.add(option.at, "missing-parameter", `Missing port for ${which} server gue tunnel.`);
        return undefined;
      }
      port = number;
    } else if (option.text === "nocsum") checksum = "none";
    else if (option.text === "csum") checksum = "csum";
    else if (option.text === "remcsum") checksum = "remote";
    else {
      findings.add(option.at, "invalid-value", `Invalid tunnel option ${option.text} for ${which} server.`);
      return undefined;
    }
  }
  const conflict =
    (type === "gue") !== (port !== 0)
      ? "gue tunnels require port, otherwise cannot have port."
      : type === "ipip" && checksum !== "none"
        ? "ipip tunnels do not support checksum option."
        : type === "gre" && checksum === "remote"
          ? "gre tunnels do not support remote checksum option."
          : undefined;
  if (conflict !== undefined) findings.add(first.at, "conflict", conflict);
  if (conflict !== undefined || method !== "tunnel") return { method };
  return { method, tunnel: { type, port, checksum } };
}
