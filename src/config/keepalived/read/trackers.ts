import type { Statement, Word } from "../grammar/statement.js";
import type { ScriptCommand, TrackFile, TrackProcess, VrrpScript } from "../model/index.js";
import { seconds, wholeNumber } from "../values/word-values.js";
import { atLeastOne, flag, whole } from "./readers.js";
import { type Draft, defined, type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { plainCommand } from "./scripts.js";

type ScriptDraft = Omit<Draft<VrrpScript>, "command"> & {
  command?: ScriptCommand | undefined;
  remove?: boolean;
  user?: ScriptCommand["user"];
};

/** "weight NUMBER [reverse]". */
const weight =
  (most: number): Reader<{ weight?: number | undefined; reverse?: boolean | undefined }> =>
  (draft, statement, { findings }) => {
    const [number, direction] = statement.arguments;
    const value = number && wholeNumber(findings, number, -most, most);
    if (value !== undefined) draft.weight = value;
    if (direction?.text === "reverse") draft.reverse = true;
    else if (direction)
      findings.add(direction.at, "invalid-value", `unknown weight option ${direction.text}`, {
        remedy: "Write reverse or nothing.",
      });
  };

export const scriptReaders: Readers<ScriptDraft> = {
  script: (d, statement, reading) => {
    d.command = plainCommand(statement, reading) ?? d.command;
  },
  interval: atLeastOne(4294, (d, v) => void (d.interval = v * 1000)),
  timeout: atLeastOne(4294, (d, v) => void (d.timeout = v * 1000)),
  weight: weight(253),
  rise: whole(1, 0x7fffffff, (d, v) => void (d.rise = v)),
  fall: whole(1, 0x7fffffff, (d, v) => void (d.fall = v)),
  user: (d, statement, reading) => {
    const [name, group] = statement.arguments;
    if (!name) return;
    d.user = reading.userAndGroup(name.text, group?.text);
    d.remove = d.user === undefined;
    if (d.remove)
      reading.findings.add(name.at, "script-user", `Unable to set uid/gid for script`, {
        remedy: `There is no such user or group: ${name.text} ${group?.text ?? ""}`.trim() + ".",
      });
  },
  init_fail: flag((d) => void (d.initFail = true)),
};

function named(statement: Statement): Word | undefined {
  return statement.arguments[0];
}

/** Reads a vrrp_script. */
export function readScript(statement: Statement, reading: Reading): void {
  const name = named(statement);
  if (!name) return;
  const { findings } = reading;
  const draft: ScriptDraft = {};
  readAll(scriptReaders, draft, statement.block?.statements ?? [], reading);
  if (!draft.command) {
    findings.add(name.at, "no-script", `No script set for vrrp_script ${name.text} - removing`, {
      remedy: 'Add script "COMMAND".',
    });
    return;
  }
  if (draft.remove) return;
  if (!draft.user && !reading.defaultScriptUser(statement)) {
    findings.add(
      name.at,
      "script-user",
      `Unable to set default user for vrrp script ${name.text} - removing`,
    );
    return;
  }
  if (reading.scripts.some((other) => other.name === name.text))
    findings.warn(name.at, "duplicate", `vrrp_script ${name.text} is defined twice: the first one counts`);
  reading.scripts.push(
    defined({
      name: name.text,
      command: defined({ ...draft.command, user: draft.user }),
      interval: draft.interval ?? 1000,
      timeout: draft.timeout,
      weight: draft.weight ?? 0,
      reverse: draft.reverse ?? false,
      rise: draft.rise ?? 1,
      fall: draft.fall ?? 1,
      initFail: draft.initFail ?? false,
      at: findings.files.place(statement.word.at.position()),
    }) as VrrpScript,
  );
}

type ProcessDraft = Omit<Draft<TrackProcess>, "name">;

const delay =
  (fork: boolean, terminate: boolean): Reader<ProcessDraft> =>
  (draft, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && seconds(findings, word, 0.000001, 3600);
    if (value === undefined) return;
    if (fork) draft.forkDelay = value;
    if (terminate) draft.terminateDelay = value;
  };

export const trackProcessReaders: Readers<ProcessDraft> = {
  process: (d, statement, { findings }) => {
    const [path, ...parameters] = statement.arguments;
    if (!path) return;
    if (d.path !== undefined) {
      findings.add(path.at, "duplicate", `Process already set for track process - ignoring ${path.text}`);
      return;
    }
    d.path = path.text;
    d.parameters = parameters.map((one) => one.text);
    if (parameters.length > 0) {
      d.parameterMatch ??= "exact";
      d.fullCommand = true;
    }
  },
  param_match: (d, statement, { findings }) => {
    const [word] = statement.arguments;
    if (word && word.text !== "initial" && word.text !== "partial")
      findings.add(word.at, "invalid-value", `Invalid param_match type ${word.text} - ignoring`, {
        remedy: "Write initial, partial or nothing.",
      });
    else {
      d.parameterMatch = (word?.text as "initial" | "partial" | undefined) ?? "exact";
      d.fullCommand = true;
    }
  },
  weight: weight(254),
  quorum: (d, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && wholeNumber(findings, word, 1, 65535);
    if (value === undefined) return;
    if (value > (d.quorumMax ?? Number.POSITIVE_INFINITY))
      findings.add(word!.at, "conflict", "Quorum is greater than quorum_max - ignoring");
    else d.quorum = value;
  },
  quorum_max: (d, statement, { findings }) => {
    const [word] = statement.arguments;
    const value = word && wholeNumber(findings, word, 0, 65535);
    if (value === undefined) return;
    const quorum = d.quorum ?? 1;
    if ((value > 0 || quorum > 1) && value < quorum)
      findings.add(word!.at, "conflict", "quorum_max is less than quorum - ignoring");
    else {
      d.quorumMax = value;
      if (value === 0) d.quorum = 0;
    }
  },
  delay: delay(true, true),
  terminate_delay: delay(false, true),
  fork_delay: delay(true, false),
  full_command: flag((d) => void (d.fullCommand = true)),
};

/** Reads a vrrp_track_process. */
export function readTrackProcess(statement: Statement, reading: Reading): void {
  const name = named(statement);
  if (!name) return;
  const draft: ProcessDraft = {};
  readAll(trackProcessReaders, draft, statement.block?.statements ?? [], reading);
  if (draft.path === undefined) {
    reading.findings.add(name.at, "no-process", `track process '${name.text}' process name not specified`, {
      remedy: "Add process PATH.",
    });
    return;
  }
  reading.trackProcesses.push(
    defined({
      name: name.text,
      path: draft.path,
      parameters: draft.parameters ?? [],
      parameterMatch: draft.parameterMatch,
      weight: draft.weight ?? 0,
      reverse: draft.reverse ?? false,
      quorum: draft.quorum ?? 1,
      quorumMax: draft.quorumMax,
      forkDelay: draft.forkDelay ?? 0,
      terminateDelay: draft.terminateDelay ?? 0,
      fullCommand: draft.fullCommand ?? false,
      at: reading.findings.files.place(statement.word.at.position()),
    }) as TrackProcess,
  );
}

type FileDraft = Omit<Draft<TrackFile>, "init"> & { init?: { value: number; overwrite: boolean } };

export const trackFileReaders: Readers<FileDraft> = {
  file: (d, statement, { findings }) => {
    const [path] = statement.arguments;
    if (path && d.path !== undefined)
      findings.add(path.at, "duplicate", `File already set for track file - ignoring ${path.text}`);
    else if (path) d.path = path.text;
  },
  weight: weight(254),
  init_file: (d, statement, { findings }) => {
    const init = { value: 0, overwrite: false };
    for (const word of statement.arguments) {
      if (word.text === "overwrite") init.overwrite = true;
      else if (/^\s*-?\d/.test(word.text)) {
        const value = wholeNumber(findings, word, -0x80000000, 0x7fffffff);
        if (value !== undefined && Math.abs(value) > 254)
          findings.add(
            word.at,
            "invalid-number",
            `Track file init value ${value} is outside sensible range [-254, 254]`,
          );
        init.value = value ?? 0;
      } else
        findings.add(word.at, "invalid-value", `Unknown track file init option ${word.text}`, {
          remedy: "Write a number, or overwrite.",
        });
    }
    d.init = init;
  },
};

/** Reads a track_file. */
export function readTrackFile(statement: Statement, reading: Reading): void {
  const name = named(statement);
  if (!name) return;
  const draft: FileDraft = {};
  readAll(trackFileReaders, draft, statement.block?.statements ?? [], reading);
  if (draft.path === undefined) {
    reading.findings.add(name.at, "no-file", `No file set for track_file ${name.text} - ignoring`, {
      remedy: "Add file PATH.",
    });
    return;
  }
  reading.trackFiles.push(
    defined({
      name: name.text,
      path: draft.path,
      weight: draft.weight ?? 1,
      reverse: draft.reverse ?? false,
      init: draft.init,
      at: reading.findings.files.place(statement.word.at.position()),
    }) as TrackFile,
  );
}
