/**
 * The first line of those the text shows that is not in the output, in that order; undefined if all are. What differs from time to
 * time may differ: a client's port, times, numbers of two digits and more that stand alone, how much space there is. "…" stands for anything.
 */
export function notShown(shows: readonly string[], output: string): string | undefined {
  const said = output.split("\n").map((line) => line.trim());
  let from = 0;
  for (const line of shows) {
    if (line.trim() === "…" || line === "^C") continue;
    const pattern = patternOf(line);
    const at = said.findIndex((each, index) => index >= from && pattern.test(each));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}

const parts: readonly (readonly [RegExp, string])[] = [
  [/^…/, ".*"],
  [/^\s+/, "\\s+"],
  [/^\d\d:\d\d(:\d\d(\.\d+)?)?/, "[\\d:.]+"],
  [/^(\d{1,3}(?:\.\d{1,3}){3})([:.])\d{5}\b/, "$1$2\\d+"],
  [/^[\w.:/@-]*[a-zA-Z.:/@][\w.:/@-]*/, "$&"],
  [/^\d\d+(?![\w.:/])/, "\\d+"],
  [/^./, "$&"],
];

function patternOf(line: string): RegExp {
  let rest = line.trim();
  let source = "";
  while (rest !== "") {
    for (const [begin, stands] of parts) {
      const found = begin.exec(rest);
      if (!found) continue;
      source += stands.replace(/\$([&\d])/g, (_, group) => quoted(found[group === "&" ? 0 : Number(group)]!));
      rest = rest.slice(found[0].length);
      break;
    }
  }
  return new RegExp(`^${source}$`);
}

const quoted = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
