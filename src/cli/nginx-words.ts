import { defaultConfig } from "../config/nginx/program.js";
import { defaultPrefix } from "../config/nginx/read-config.js";

/** What nginx is told on its command line. */
export interface NginxWords {
  readonly help: boolean;
  readonly version: boolean;
  readonly configure: boolean;
  readonly test: boolean;
  readonly dump: boolean;
  readonly quiet: boolean;
  /** -s */
  readonly signal: "stop" | "quit" | "reopen" | "reload" | undefined;
  /** -p */
  readonly prefix: string;
  /** -e; "": standard error. */
  readonly errorLog: string | undefined;
  /** -c, as it was said. */
  readonly config: string;
  /** -g */
  readonly globals: string;
}

type Draft = { -readonly [K in keyof NginxWords]: NginxWords[K] };

const flags: Readonly<
  Record<string, readonly ("help" | "version" | "configure" | "test" | "dump" | "quiet")[]>
> = {
  "?": ["version", "help"],
  h: ["version", "help"],
  v: ["version"],
  V: ["version", "configure"],
  t: ["test"],
  T: ["test", "dump"],
  q: ["quiet"],
};

const requires: Readonly<Record<string, string>> = {
  p: "directory name",
  e: "file name",
  c: "file name",
  g: "parameter",
  s: "parameter",
};

/** Reads nginx's command line; a text is what is wrong with it, in nginx's words (ngx_get_options). */
export function readNginxWords(argv: readonly string[]): NginxWords | string {
  const draft: Draft = {
    help: false,
    version: false,
    configure: false,
    test: false,
    dump: false,
    quiet: false,
    signal: undefined,
    prefix: defaultPrefix,
    errorLog: undefined,
    config: defaultConfig,
    globals: "",
  };
  const left = [...argv];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!word.startsWith("-")) return `invalid option: "${word}"`;
    const wrong = takeLetters(word.slice(1), left, draft);
    if (wrong !== undefined) return wrong;
  }
  return draft;
}

/** Letters may stand together; the value of one that has some is what follows it, or the next word. */
function takeLetters(letters: string, left: string[], draft: Draft): string | undefined {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    if (Object.hasOwn(flags, letter)) {
      for (const flag of flags[letter]!) draft[flag] = true;
      continue;
    }
    if (!Object.hasOwn(requires, letter)) return `invalid option: "${letter}"`;
    const value = letters.slice(at + 1) || left.shift();
    if (value === undefined) return `option "-${letter}" requires ${requires[letter]}`;
    return takeValue(letter, value, draft);
  }
  return undefined;
}

function takeValue(letter: string, value: string, draft: Draft): string | undefined {
  if (letter === "p") draft.prefix = value;
  else if (letter === "e") draft.errorLog = value === "stderr" ? "" : value;
  else if (letter === "c") draft.config = value;
  else if (letter === "g") draft.globals = value;
  else if (value === "stop" || value === "quit" || value === "reopen" || value === "reload")
    draft.signal = value;
  else return `invalid option: "-s ${value}"`;
  return undefined;
}
