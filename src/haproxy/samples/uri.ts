/**
 * The path of a request's target with its query: behind the authority of an absolute form; undefined of "*", of an authority (CONNECT), and
 * where there is none.
 */
export function pathAndQuery(target: string): string | undefined {
  if (target.charCodeAt(0) === 47) return target;
  if (target === "" || target.charCodeAt(0) === 42) return undefined;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(target);
  if (!scheme) return undefined;
  const slash = target.indexOf("/", scheme[0].length);
  return slash < 0 ? undefined : target.slice(slash);
}

export function pathOf(target: string): string | undefined {
  const path = pathAndQuery(target);
  const question = path?.indexOf("?") ?? -1;
  return question < 0 ? path : path?.slice(0, question);
}

/** What comes behind the first "?" ; undefined where there is none. */
export function queryOf(target: string): string | undefined {
  const question = target.indexOf("?");
  return question < 0 ? undefined : target.slice(question + 1);
}

/**
 * The values of a parameter in a query ("": of all that have one). `delimiter` ends a value as "&" and ";" do.
 */
export function parameterValues(query: string, name: string, delimiter: string): string[] {
  const found: string[] = [];
  let from = 0;
  const end = (at: number) => {
    let to = at;
    while (to < query.length && query[to] !== "&" && query[to] !== ";" && query[to] !== delimiter) to++;
    return to;
  };
  while (from < query.length) {
    if (name === "") {
      const equal = query.indexOf("=", from);
      if (equal < 0) break;
      const stop = end(equal + 1);
      found.push(query.slice(equal + 1, stop));
      from = stop;
    } else {
      let to = from;
      if (query[from + name.length] === "=" && query.startsWith(name, from)) {
        to = end(from + name.length + 1);
        found.push(query.slice(from + name.length + 1, to));
      }
      from = end(to) + 1;
    }
  }
  return found;
}
