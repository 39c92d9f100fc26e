import type { CheckExpect, CheckRule, HeaderTest } from "../model/check.js";
import { leadingNumber } from "../values/numbers.js";
import { checkRegex } from "../values/regex.js";
import { binaryOf, type CheckStep } from "./check-rules.js";

type Pattern =
  Extract<CheckExpect, { type: unknown }> extends infer E
    ? E extends { readonly type: infer T }
      ? Omit<
          E,
          | "negated"
          | "minRecv"
          | "okStatus"
          | "errorStatus"
          | "timeoutStatus"
          | "onSuccess"
          | "onError"
          | "statusCode"
        > & { readonly type: T }
      : never
    : never;

const statuses: Readonly<Record<string, readonly [words: string, known: readonly string[]]>> = {
  "ok-status": ["'L4OK', 'L6OK', 'L7OK' or 'L7OKC'", ["L7OK", "L7OKC", "L6OK", "L4OK"]],
  "error-status": ["'L4CON', 'L6RSP', 'L7RSP' or 'L7STS'", ["L7RSP", "L7STS", "L7OKC", "L6RSP", "L4CON"]],
  "tout-status": ["'L4TOUT', 'L6TOUT' or 'L7TOUT'", ["L7TOUT", "L6TOUT", "L4TOUT"]],
};

/** `expect …` of http-check and tcp-check (tcpcheck.c, parse_tcpcheck_expect). */
export function expectRule(step: CheckStep): CheckRule {
  if (step.word === "") step.fail("expects at least a matching pattern as arguments");
  const common = {
    negated: false,
    minRecv: undefined as number | undefined,
    okStatus: undefined as string | undefined,
    errorStatus: undefined as string | undefined,
    timeoutStatus: undefined as string | undefined,
    onSuccess: undefined as CheckExpect["onSuccess"],
    onError: undefined as CheckExpect["onError"],
    statusCode: undefined as CheckExpect["statusCode"],
  };
  let pattern: Pattern | undefined;
  while (step.word !== "") {
    let word = step.word;
    let marked = false;
    // "! string x" and "!string x"
    while (word.startsWith("!")) {
      marked = true;
      const marks = /^!+/.exec(word)![0].length;
      if (marks % 2 === 1) common.negated = !common.negated;
      word = word.slice(marks);
      if (word === "") word = step.directive.at(++step.at);
    }
    if (Object.hasOwn(plain, word) || word === "comment" || Object.hasOwn(statuses, word)) {
      if (marked) step.fail(`[!] not supported with '${word}'`);
      if (word === "comment") step.comment = step.value("a string as argument");
      else if (Object.hasOwn(statuses, word)) {
        const [words, known] = statuses[word]!;
        const text = step.value("a string as argument").toUpperCase();
        if (!known.includes(text))
          step.fail(
            `'${word}' only supports ${words} status (got '${step.directive.at(step.at - 1)}').`,
            step.at - 1,
          );
        common[
          word === "ok-status" ? "okStatus" : word === "error-status" ? "errorStatus" : "timeoutStatus"
        ] = text;
      } else plain[word]!(step, common);
      continue;
    }
    const next = patternOf(step, word, marked);
    if (pattern) step.fail("only on pattern expected");
    pattern = next;
  }
  if (!pattern) step.fail("pattern not found");
  return {
    rule: "expect",
    ...common,
    ...pattern,
    comment: step.comment,
    place: step.directive.place(1),
  } as CheckRule;
}

type Common = {
  minRecv: number | undefined;
  onSuccess: CheckExpect["onSuccess"];
  onError: CheckExpect["onError"];
  statusCode: CheckExpect["statusCode"];
};

const plain: Readonly<Record<string, (step: CheckStep, common: Common) => void>> = {
  "min-recv": (step, common) => {
    const number = leadingNumber(step.value("a integer as argument"));
    if (number < -1 || number > 0x7fffffff)
      step.fail("'min-recv' expects -1 or an integer from 0 to INT_MAX", step.at - 1);
    common.minRecv = number < 0 ? undefined : number;
  },
  "on-success": (step, common) => {
    common.onSuccess = step.format(step.value("a string as argument"));
  },
  "on-error": (step, common) => {
    common.onError = step.format(step.value("a string as argument"));
  },
  "status-code": (step, common) => {
    common.statusCode = step.expression(step.value("an expression as argument"), "status-code");
  },
};

function patternOf(step: CheckStep, word: string, marked: boolean): Pattern {
  const { http } = step;
  const bad = (): never =>
    step.fail(
      http
        ? `'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '${word}' as argument.`
        : `'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '${word}' as argument.`,
    );
  if (/^r?status$|^f?hdr$/.test(word) && !http) return bad();
  if (/^r?binary(-lf)?$/.test(word) && http) return bad();
  if (word === "custom") {
    if (marked) step.fail(`[!] not supported with '${word}'`);
    step.at++;
    return { type: "custom", name: "" };
  }
  if (word === "hdr" || word === "fhdr") return headerPattern(step, word);
  const value = () => {
    const text = step.directive.at(step.at + 1);
    if (text === "") step.fail(`'${word}' expects a <pattern> as argument`, step.at + 1);
    step.at += 2;
    return text;
  };
  switch (word) {
    case "string":
      return { type: "string", data: Buffer.from(value(), "latin1") };
    case "binary": {
      const text = value();
      return { type: "binary", data: binaryOf(step, text) };
    }
    case "string-lf":
    case "binary-lf":
      return { type: word, format: step.format(value()) };
    case "rstring":
    case "rbinary":
    case "rstatus": {
      const text = value();
      checkRegex(text, false);
      return { type: word, pattern: text };
    }
    case "status":
      return { type: "status", ranges: statusRanges(step, value()) };
    default:
      return bad();
  }
}

function statusRanges(step: CheckStep, text: string): { from: number; to: number }[] {
  return text.split(",").map((part) => {
    const found = /^(\d*)(?:-(\d*))?(.?)/s.exec(part)!;
    if (found[3] !== "")
      step.fail(`invalid character '${found[3]}' in the list of status codes`, step.at - 1);
    const from = Number(found[1]);
    const to = found[2] === undefined ? from : Number(found[2]);
    if (from > to) step.fail(`invalid range of status codes '${text}'`, step.at - 1);
    return { from, to };
  });
}

function headerPattern(step: CheckStep, word: string): Pattern {
  const { directive } = step;
  const nameWord = directive.at(step.at + 1);
  if ((nameWord !== "name" && nameWord !== "name-lf") || directive.at(step.at + 2) === "")
    step.fail(`'${word}' expects at the name keyword as first argument followed by a pattern`);
  step.at += 2;
  const name = headerTest(step, word, nameWord === "name-lf", true);
  let value: HeaderTest | undefined;
  if (step.word === "value" || step.word === "value-lf") {
    const format = step.word === "value-lf";
    step.at++;
    value = headerTest(step, word, format, false);
  }
  return { type: "header", name, value, full: word === "fhdr" };
}

function headerTest(step: CheckStep, word: string, format: boolean, ofName: boolean): HeaderTest {
  let method: HeaderTest["method"] = "str";
  if (step.word === "-m") {
    const text = step.directive.at(step.at + 1);
    if (text === "")
      step.fail(`'${word}' : '-m' expects at a matching pattern ('str', 'beg', 'end', 'sub' or 'reg')`);
    if (text !== "str" && text !== "beg" && text !== "end" && text !== "sub" && text !== "reg")
      step.fail(`'${word}' : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' (got '${text}')`);
    if (text === "reg" && format)
      step.fail(`'${word}': log-format string is not supported with a regex matching method`);
    method = text;
    step.at += 2;
  }
  const text = step.word;
  if (text === "")
    step.fail(
      ofName
        ? "unexpected error, undefined header name pattern"
        : `'${word}' expect a pattern with the value keyword`,
    );
  step.at++;
  if (method === "reg") checkRegex(text, ofName);
  return { method, text: format ? step.format(text) : text };
}
