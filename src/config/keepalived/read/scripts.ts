import { escapedWords } from "../grammar/escaped-words.js";
import type { Statement } from "../grammar/statement.js";
import type { NotifyFifo, ScriptCommand, ScriptUser } from "../model/index.js";
import type { Reader, Reading } from "./reading.js";

/** The line's words with quotes and escapes, the keyword first; a mistake is noted. */
export function lineWords(statement: Statement, reading: Reading): readonly string[] | undefined {
  const read = escapedWords(statement.line.text);
  if ("words" in read) return read.words;
  reading.findings.add(
    statement.line,
    "unmatched-quote",
    `String '${statement.line.text}': missing terminating ${read.unmatched}`,
  );
  return undefined;
}

/** What a script's one word says: a program and its arguments. */
export function commandOf(
  statement: Statement,
  reading: Reading,
  word: string,
): readonly [string, ...string[]] | undefined {
  const read = escapedWords(word);
  if ("words" in read && read.words.length > 0) return read.words as [string, ...string[]];
  reading.findings.add(statement.word.at, "script", `Unable to parse script '${word}' - ignoring`);
  return undefined;
}

/** A script that only its first word counts of: `script`, `misc_path`. What follows unquoted is not read. */
export function plainCommand(statement: Statement, reading: Reading): ScriptCommand | undefined {
  const words = lineWords(statement, reading);
  const word = words?.[1];
  if (word === undefined) return undefined;
  const argv = commandOf(statement, reading, word);
  return (
    argv && {
      argv,
      at: reading.findings.files.place(statement.arguments[0]?.at.position() ?? statement.line.position()),
    }
  );
}

/** A notify script: COMMAND [USER [GROUP]]. */
export function notifyCommand(statement: Statement, reading: Reading): ScriptCommand | undefined {
  const words = lineWords(statement, reading);
  if (!words || words[1] === undefined) return undefined;
  const argv = commandOf(statement, reading, words[1]);
  if (!argv) return undefined;
  const at = reading.findings.files.place(statement.arguments[0]?.at.position() ?? statement.line.position());
  if (words[2] === undefined) {
    if (reading.defaultScriptUser(statement)) return { argv, at };
    reading.findings.warn(
      statement.word.at,
      "script-user",
      `Failed to set default user for ${statement.word.text} script ${argv[0]} - ignoring`,
    );
    return undefined;
  }
  const user = scriptUser(statement, reading, words[2], words[3]);
  return user && { argv, at, user };
}

/** A notify script, of which the first counts; another one is an error. */
export const scriptOnce =
  <D>(
    get: (draft: D) => ScriptCommand | undefined,
    set: (draft: D, script: ScriptCommand | undefined) => void,
  ): Reader<D> =>
  (draft, statement, reading) => {
    if (get(draft))
      reading.findings.add(
        statement.word.at,
        "duplicate",
        `${statement.word.text} script already specified - ignoring ${statement.arguments[0]?.text ?? ""}`,
        { remedy: "Take one of them away." },
      );
    else set(draft, notifyCommand(statement, reading));
  };

/** A user and group that a script names; the real one's daemon takes no notice of the script otherwise. */
function scriptUser(
  statement: Statement,
  reading: Reading,
  name: string,
  group?: string,
): ScriptUser | undefined {
  const user = reading.userAndGroup(name, group);
  if (user) return user;
  const missing = reading.world.user(name) ? `Script group '${group}'` : `Script user '${name}'`;
  reading.findings.add(
    statement.arguments[1]?.at ?? statement.word.at,
    "script-user",
    `${missing} does not exist`,
    {
      refused: null,
      remedy: "Arguments of the script belong within its quotes; what follows them is a user and a group.",
    },
  );
  return undefined;
}

/** notify_fifo and its two sisters: PATH [USER [GROUP]]. */
export function readFifo(
  statement: Statement,
  reading: Reading,
  old: NotifyFifo | undefined,
): NotifyFifo | undefined {
  const [path, user, group] = statement.arguments;
  if (!path) return old;
  if (old?.path) {
    reading.findings.add(
      path.at,
      "duplicate",
      `${statement.word.text} already specified - ignoring ${path.text}`,
    );
    return old;
  }
  if (!user) {
    if (!reading.defaultScriptUser(statement)) return old;
    return { ...old, path: path.text };
  }
  const owner = scriptUser(statement, reading, user.text, group?.text);
  return owner ? { ...old, path: path.text, user: owner } : old;
}

/** notify_fifo_script and its sisters. */
export function readFifoScript(
  statement: Statement,
  reading: Reading,
  old: NotifyFifo | undefined,
): NotifyFifo | undefined {
  if (old?.script) {
    reading.findings.add(
      statement.word.at,
      "duplicate",
      `${statement.word.text} already specified - ignoring ${statement.arguments[0]?.text}`,
    );
    return old;
  }
  const script = notifyCommand(statement, reading);
  return script ? { path: "", ...old, script } : old;
}
