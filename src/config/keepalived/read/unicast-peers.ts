import { plainAddress } from "../values/addresses.js";
import { wholeNumber } from "../values/word-values.js";
import type { InstanceDraft } from "./instance-draft.js";
import type { Reader } from "./reading.js";

/** Lines "ADDRESS [min_ttl NUMBER] [max_ttl NUMBER]". */
export const readUnicastPeers: Reader<InstanceDraft> = (draft, statement, { findings }) => {
  draft.unicastConfigured = true;
  for (const row of statement.rows ?? []) {
    const [first, ...words] = row.words;
    const address = plainAddress(first.text);
    if (!address) {
      findings.add(
        first.at,
        "invalid-address",
        `Configuration error: VRRP instance[${draft.name}] malformed unicast peer address[${first.text}]. Skipping...`,
      );
      continue;
    }
    if ((draft.family ??= address.family) !== address.family) {
      findings.add(
        first.at,
        "invalid-address",
        `Configuration error: VRRP instance[${draft.name}] and unicast peer address[${first.text}] MUST be of the same family !!! Skipping...`,
      );
      continue;
    }
    const peer: InstanceDraft["unicastPeers"][number] = { address };
    for (let i = 0; i < words.length; i += 2) {
      const option = words[i]!;
      const value = words[i + 1];
      if (!value) {
        findings.add(option.at, "missing-parameter", `(${draft.name}) ${option.text} is missing a value`);
        break;
      }
      if (option.text !== "min_ttl" && option.text !== "max_ttl") {
        findings.add(
          option.at,
          "invalid-value",
          `(${draft.name}) unknown unicast_peer option ${option.text}`,
          {
            remedy: "Known are min_ttl and max_ttl.",
          },
        );
        break;
      }
      const ttl = wholeNumber(findings, value, 0, 255);
      if (ttl !== undefined) peer[option.text === "min_ttl" ? "minimumTtl" : "maximumTtl"] = ttl;
      draft.checkUnicastSource = true;
    }
    if ((peer.minimumTtl ?? 0) > (peer.maximumTtl ?? 255))
      findings.add(
        first.at,
        "conflict",
        `(${draft.name}) min_ttl ${peer.minimumTtl ?? 0} > max_ttl ${peer.maximumTtl ?? 255} - all packets will be discarded`,
      );
    draft.unicastPeers.push(peer);
  }
};
