import type { Statement } from "../grammar/statement.js";
import type { HttpUrl } from "../model/index.js";
import { flag, word } from "./readers.js";
import { type Draft, defined, type Reader, type Readers, type Reading, readAll } from "./reading.js";
import { lineWords } from "./scripts.js";

type UrlDraft = Omit<Draft<HttpUrl>, "status"> & {
  status: { from: number; to: number }[];
  pattern?: string;
  noMatch?: boolean;
  options: string[];
  minimumOffset?: number;
  maximumOffset?: number;
  stack?: { start: number; maximum: number };
};

const regexOptions = [
  "allow_empty_class",
  "alt_bsux",
  "auto_callout",
  "caseless",
  "dollar_endonly",
  "dotall",
  "dupnames",
  "extended",
  "firstline",
  "match_unset_backref",
  "multiline",
  "never_ucp",
  "never_utf",
  "no_auto_capture",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "ucp",
  "ungreedy",
  "utf",
  "never_backslash_c",
  "alt_circumflex",
  "alt_verbnames",
  "use_offset_limit",
];

const digest: Reader<UrlDraft> = (draft, statement, { findings }) => {
  const [value] = statement.arguments;
  if (!value) return;
  if (draft.digest !== undefined)
    findings.add(value.at, "duplicate", `Digest '${value.text}' is a duplicate`);
  else if (value.text.length !== 32)
    findings.add(
      value.at,
      "invalid-value",
      `digest '${value.text}' character length should be 32 rather than ${value.text.length}`,
      {
        remedy: "genhash (or rondo's own) shows the digest of a page: 32 hexadecimal digits.",
      },
    );
  else if (!/^[\da-f]{32}$/i.test(value.text))
    findings.add(value.at, "invalid-value", `Unable to interpret hex digit in '${value.text}'`);
  else draft.digest = value.text.toLowerCase();
};

const statusCode: Reader<UrlDraft> = (draft, statement, { findings }) => {
  for (const value of statement.arguments) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(value.text);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match && from >= 100 && to <= 599 && from <= to) draft.status.push({ from, to });
    else
      findings.add(value.at, "invalid-value", `Invalid HTTP_GET status code '${value.text}'`, {
        remedy: "Write codes from 100 to 599, or ranges: 200-299.",
      });
  }
};

/** What is wrong with a pattern's settings: the real one only logs it. */
const offset =
  (field: "minimumOffset" | "maximumOffset"): Reader<UrlDraft> =>
  (draft, statement, { findings }) => {
    const [value] = statement.arguments;
    if (value && /^\d+$/.test(value.text)) draft[field] = Number(value.text);
    else if (value)
      findings.warn(value.at, "invalid-number", `Invalid ${statement.word.text} ${value.text} specified`);
  };

export const urlReaders: Readers<UrlDraft> = {
  path: word((d, v) => void (d.path = v)),
  digest,
  status_code: statusCode,
  virtualhost: word((d, v) => void (d.virtualHost = v)),
  regex: (d, statement, reading) => {
    const words = lineWords(statement, reading);
    if (!words) return;
    if (words.length === 2) d.pattern = words[1]!;
    else
      reading.findings.warn(statement.word.at, "extra-words", "regex missing or too many fields", {
        remedy: 'Write the pattern in quotes, and "\\\\" for each backslash.',
      });
  },
  regex_no_match: flag((d) => void (d.noMatch = true)),
  regex_options: (d, statement, { findings }) => {
    for (const value of statement.arguments) {
      if (regexOptions.includes(value.text)) d.options.push(value.text);
      else
        findings.warn(value.at, "invalid-value", `regex_options: ${value.text} is not read`, {
          remedy: `Options are ${regexOptions.join(" ")}.`,
        });
    }
  },
  regex_min_offset: offset("minimumOffset"),
  regex_max_offset: offset("maximumOffset"),
  regex_stack: (d, statement, { findings }) => {
    const [start, maximum] = statement.arguments.map((value) =>
      /^\d+$/.test(value.text) ? Number(value.text) : Number.NaN,
    );
    if (start === undefined || maximum === undefined || !(start <= maximum))
      findings.warn(statement.word.at, "invalid-number", "regex stack start cannot exceed max value");
    else d.stack = { start, maximum };
  },
};

/** Reads a url block; undefined without a path. */
export function readUrl(statement: Statement, reading: Reading): HttpUrl | undefined {
  const { findings } = reading;
  const draft: UrlDraft = { status: [], options: [] };
  readAll(urlReaders, draft, statement.block?.statements ?? [], reading);
  if (draft.path === undefined) {
    findings.add(statement.word.at, "no-path", "HTTP/SSL_GET checker url has no path - ignoring", {
      remedy: "Add path /.",
    });
    return undefined;
  }
  const parameters =
    draft.options.length > 0 || draft.noMatch || draft.minimumOffset || draft.maximumOffset || draft.stack;
  if (draft.pattern === undefined && parameters)
    findings.warn(statement.word.at, "no-regex", "regex parameters specified without regex");
  let { minimumOffset, maximumOffset } = draft;
  if (maximumOffset !== undefined && (minimumOffset ?? 0) > maximumOffset) {
    findings.warn(
      statement.word.at,
      "conflict",
      `regex min offset ${minimumOffset} > regex_max_offset ${maximumOffset} - ignoring`,
    );
    minimumOffset = undefined;
    maximumOffset = undefined;
  }
  const regex =
    draft.pattern === undefined
      ? undefined
      : defined({
          pattern: draft.pattern,
          noMatch: draft.noMatch ?? false,
          options: draft.options,
          minimumOffset: minimumOffset ?? 0,
          maximumOffset,
          stack: draft.stack,
        });
  return defined({
    path: draft.path,
    digest: draft.digest,
    status: draft.status,
    virtualHost: draft.virtualHost,
    regex,
    at: findings.files.place(statement.word.at.position()),
  }) as HttpUrl;
}
