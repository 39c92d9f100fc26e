import { isMulticast, plainAddress } from "../values/addresses.js";
import { wholeNumber } from "../values/word-values.js";
import type { GlobalDraft } from "./global-draft.js";
import type { Reader } from "./reading.js";

const ranges: Readonly<Record<string, readonly ["syncId" | "maxLength" | "port" | "ttl", number, number]>> = {
  id: ["syncId", 0, 255],
  maxlen: ["maxLength", 1, 65507],
  port: ["port", 1, 65535],
  ttl: ["ttl", 1, 255],
};

/** lvs_sync_daemon INTERFACE [inst NAME] [id ID] [maxlen BYTES] [port PORT] [ttl TTL] [group ADDRESS]. */
export const readSyncDaemon: Reader<GlobalDraft> = (draft, statement, { findings }) => {
  const [name, ...words] = statement.arguments;
  if (!name) return;
  if (draft.syncDaemon) {
    findings.add(
      statement.word.at,
      "duplicate",
      `lvs_sync_daemon has already been specified as ${draft.syncDaemon.interface} - ignoring`,
    );
    return;
  }
  if (name.text.length > 15) {
    findings.add(name.at, "long-name", `lvs_sync_daemon interface name '${name.text}' too long - ignoring`);
    return;
  }
  const daemon: NonNullable<GlobalDraft["syncDaemon"]> = {
    interface: name.text,
    at: findings.files.place(statement.word.at.position()),
  };
  draft.syncDaemon = daemon;
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!;
    const value = words[i + 1];
    const range = Object.hasOwn(ranges, option.text) ? ranges[option.text] : undefined;
    if (option.text === "inst" || option.text === "group" || range) {
      i++;
      if (!value)
        findings.add(
          option.at,
          "missing-parameter",
          `No value specified for lvs_sync_daemon ${option.text} - ignoring`,
        );
      else if (option.text === "inst") daemon.instance = value.text;
      else if (range) daemon[range[0]] = wholeNumber(findings, value, range[1], range[2]);
      else {
        const group = plainAddress(value.text);
        if (group && isMulticast(group)) daemon.group = group;
        else
          findings.add(
            value.at,
            "invalid-address",
            `lvs_sync_daemon group address ${value.text} is not multicast - ignoring`,
          );
      }
    } else if (i === 0) daemon.instance = option.text;
    else if (i === 1) {
      daemon.syncId = wholeNumber(findings, option, 0, 255);
      findings.add(option.at, "deprecated", 'Please use keyword "id" before lvs_sync_daemon SYNCID', {
        severity: "warning",
        refused: "error",
        instead: `id ${option.text}`,
      });
    } else
      findings.add(option.at, "invalid-value", `Unknown option ${option.text} specified for lvs_sync_daemon`);
  }
};
