import { nearest } from "../../../nearest.js";
import type { Row } from "../grammar/statement.js";
import type { Tracked } from "../model/index.js";
import { wholeNumber } from "../values/word-values.js";
import type { TrackingDraft } from "./instance-draft.js";
import { defined, type Reader, type Readers, type Reading } from "./reading.js";

interface Kind {
  readonly list: keyof TrackingDraft;
  readonly what: string;
  readonly most: number;
  readonly names?: (reading: Reading) => readonly string[];
}

const kinds: Readonly<Record<string, Kind>> = {
  track_interface: { list: "interfaces", what: "track_interface", most: 254 },
  track_script: {
    list: "scripts",
    what: "track script",
    most: 254,
    names: (r) => r.scripts.map((one) => one.name),
  },
  track_file: {
    list: "files",
    what: "track file",
    most: 254,
    names: (r) => r.trackFiles.map((one) => one.name),
  },
  track_process: {
    list: "processes",
    what: "track process",
    most: 254,
    names: (r) => r.trackProcesses.map((one) => one.name),
  },
  track_bfd: {
    list: "bfds",
    what: "track bfd",
    most: 253,
    // VRRP doesn't know one that tells the checkers alone.
    names: (r) => r.bfdInstances.filter((one) => one.vrrp).map((one) => one.name),
  },
};

/** A line "NAME weight NUMBER [reverse|noreverse]" of a track block. */
function readTracked(
  row: Row,
  kind: Kind,
  owner: string,
  list: readonly Tracked[],
  reading: Reading,
): Tracked | undefined {
  const { findings } = reading;
  const [first, option, value, direction] = row.words;
  const name = first.text;
  if (kind.names) {
    const known = kind.names(reading);
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      findings.add(first.at, "unknown-name", `(${owner}) ${kind.what} ${name} not found, ignoring...`, {
        meant,
        instead: meant,
        remedy: meant === undefined ? `Define it before this block.` : `Did you mean ${meant}?`,
      });
      return undefined;
    }
  } else if (!reading.interfaceExists(name)) {
    findings.add(first.at, "no-interface", `(${owner}) tracked interface ${name} doesn't exist`);
    return undefined;
  }
  if (list.some((one) => one.name === name)) {
    findings.add(first.at, "duplicate", `(${owner}) duplicate ${kind.what} ${name} - ignoring`);
    return undefined;
  }
  if (option && option.text !== "weight") {
    findings.add(
      option.at,
      "invalid-value",
      `(${owner}) unknown ${kind.what} option ${option.text} - ignoring`,
      {
        remedy: `Write ${name} weight NUMBER.`,
      },
    );
    return undefined;
  }
  if (option && !value) {
    findings.add(
      option.at,
      "missing-parameter",
      `(${owner}) weight without value specified for ${kind.what} ${name} - ignoring`,
    );
    return undefined;
  }
  let weight = value && wholeNumber(findings, value, -kind.most, kind.most);
  if ((weight === 254 || weight === -254) && (kind.list === "interfaces" || kind.list === "scripts")) {
    findings.add(
      value!.at,
      "invalid-number",
      `(${owner}) weight for ${name} cannot be +/-254. Setting to +/-253`,
      {
        instead: weight > 0 ? "253" : "-253",
      },
    );
    weight = weight > 0 ? 253 : -253;
  }
  if (direction && direction.text !== "reverse" && direction.text !== "noreverse")
    findings.add(
      direction.at,
      "invalid-value",
      `(${owner}) unknown ${kind.what} ${name} weight option ${direction.text} - ignoring`,
      {
        remedy: "Write reverse or nothing.",
      },
    );
  const inherited = inheritedReverse(kind, name, reading);
  const reverse = direction?.text === "reverse" || (direction?.text !== "noreverse" && inherited);
  return defined({ name, weight, reverse, at: findings.files.place(first.at.position()) }) as Tracked;
}

function inheritedReverse(kind: Kind, name: string, reading: Reading): boolean {
  const lists: Partial<Record<keyof TrackingDraft, readonly { name: string; reverse: boolean }[]>> = {
    scripts: reading.scripts,
    files: reading.trackFiles,
    processes: reading.trackProcesses,
    bfds: reading.bfdInstances,
  };
  return lists[kind.list]?.find((one) => one.name === name)?.reverse ?? false;
}

type Tracking = { readonly name: string; tracking: TrackingDraft };

const track =
  (kind: Kind): Reader<Tracking> =>
  (draft, statement, reading) => {
    for (const row of statement.rows ?? []) {
      const list = draft.tracking[kind.list];
      const tracked = readTracked(row, kind, draft.name, list, reading);
      if (tracked) list.push(tracked);
    }
  };

/** The track blocks of an instance or a sync group. */
export const trackingReaders: Readers<Tracking> = Object.fromEntries(
  Object.entries(kinds).map(([name, kind]) => [name, track(kind)]),
);
