/** What a request line was, where it couldn't be read. */
const bad = "<BADREQ>";

/** Parts of a logged request line as %HM, %HP, %HPO, %HQ, %HU and %HV take them out of it (log.c). */
export interface RequestLineParts {
  readonly method: string;
  readonly uri: string;
  readonly path: string;
  readonly pathOnly: string;
  readonly query: string;
  readonly version: string;
}

const allBad: RequestLineParts = {
  method: bad,
  uri: bad,
  path: bad,
  pathOnly: bad,
  query: bad,
  version: bad,
};

let lastLine = "";
let lastParts: RequestLineParts = allBad;

export function requestLineParts(line: string | undefined): RequestLineParts {
  if (line === undefined || line === bad) return allBad;
  if (line !== lastLine) {
    lastParts = takeApart(line);
    lastLine = line;
  }
  return lastParts;
}

function takeApart(line: string): RequestLineParts {
  const method = /^[^ \t]*/.exec(line)?.[0] as string;
  const gap = /^[ \t]*/.exec(line.slice(method.length))?.[0] as string;
  const rest = line.slice(method.length + gap.length);
  const uri = /^[^ \t]*/.exec(rest)?.[0] as string;
  const version = rest.slice(uri.length).replace(/^[ \t]+/, "");
  const question = line.indexOf("?");
  const query = question < 0 ? "" : (/^[^ \t]*/.exec(line.slice(question))?.[0] as string);
  if (gap === "") return { ...allBad, method: method.length === line.length ? bad : method, query };
  const path = uri.split("?", 1)[0] as string;
  return { method, uri, path, pathOnly: pathOnly(uri), query, version: version || "HTTP/0.9" };
}

function pathOnly(uri: string): string {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*/.exec(uri);
  if (!uri.startsWith("/") && !authority) return "";
  return (uri.slice(authority?.[0].length ?? 0).split("?", 1)[0] as string) ?? "";
}
