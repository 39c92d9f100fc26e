/** What the fields of a head say of its message's framing and of the connection. */
export interface FieldFacts {
  readonly isResponse: boolean;
  contentLength: number; // -1: none
  transferEncoding: boolean;
  chunked: boolean;
  /** "chunked" is the last coding. */
  chunkedLast: boolean;
  close: boolean;
  keepAlive: boolean;
  connectionUpgrade: boolean;
  upgrade: string | undefined;
  expectContinue: boolean;
  /** There is a coding that isn't chunked. */
  otherCoding: boolean;
  websocketKey: boolean;
  host: string | undefined;
}

/** Before the first field. */
export function newFacts(isResponse: boolean): FieldFacts {
  return {
    isResponse,
    contentLength: -1,
    transferEncoding: false,
    chunked: false,
    chunkedLast: false,
    close: false,
    keepAlive: false,
    connectionUpgrade: false,
    upgrade: undefined,
    expectContinue: false,
    otherCoding: false,
    websocketKey: false,
    host: undefined,
  };
}

/**
 * "kept": the field with another value; "dropped": not at all; "wrong": the message is refused; "tolerable": unless invalid ones are taken.
 */
export interface FieldVerdict {
  readonly kind: "kept" | "dropped" | "wrong" | "tolerable";
  readonly value: string;
}

const dropped: FieldVerdict = { kind: "dropped", value: "" };

/** Takes note of a field that matters to framing. undefined: it stays as it is. */
export function noteField(
  facts: FieldFacts,
  name: string,
  value: string,
  target: string,
  method: string,
): FieldVerdict | undefined {
  switch (name) {
    case "content-length":
      return noteContentLength(facts, value);
    case "transfer-encoding":
      return noteTransferEncoding(facts, value);
    case "connection":
      return noteConnection(facts, value);
    case "upgrade":
      facts.upgrade = facts.upgrade === undefined ? value : `${facts.upgrade}, ${value}`;
      return undefined;
    case "expect":
      if (value.length === 12 && value.toLowerCase() === "100-continue") facts.expectContinue = true;
      return undefined;
    case "te":
      // Between two neighbours, as Connection: only what we ourselves pass on, trailers, is left.
      if (!/^(?:.*,)?\s*trailers\s*(?:,.*)?$/i.test(value)) return dropped;
      return value === "trailers" ? undefined : { kind: "kept", value: "trailers" };
    case "sec-websocket-key":
      facts.websocketKey = true;
      return undefined;
    case "host":
      return facts.isResponse ? undefined : noteHost(facts, value, target, method);
    default:
      return undefined;
  }
}

/** RFC 9112 section 6.3: several that are equal are one; anything else can't be trusted. */
function noteContentLength(facts: FieldFacts, value: string): FieldVerdict | undefined {
  const had = facts.contentLength >= 0;
  let from = 0;
  let word = "";
  while (from <= value.length) {
    const comma = value.indexOf(",", from);
    const to = comma < 0 ? value.length : comma;
    word = trimmed(value, from, to);
    const length = word.length <= 16 && /^\d+$/.test(word) ? Number(word) : -1;
    if (length < 0 || length > Number.MAX_SAFE_INTEGER) return wrong("an invalid Content-Length");
    if (facts.contentLength >= 0 && facts.contentLength !== length) return wrong("unequal Content-Lengths");
    facts.contentLength = length;
    from = to + 1;
  }
  if (had) return dropped;
  return word.length === value.length ? undefined : { kind: "kept", value: word };
}

/** RFC 9112 section 6.1: chunked once, and at the end. */
function noteTransferEncoding(facts: FieldFacts, value: string): FieldVerdict | undefined {
  facts.transferEncoding = true;
  for (const part of value.split(",")) {
    const word = trimmed(part, 0, part.length).toLowerCase();
    if (word === "") continue;
    if (word === "chunked") {
      if (facts.chunked) return wrong("chunked twice in Transfer-Encoding");
      facts.chunked = true;
      facts.chunkedLast = true;
    } else {
      if (facts.chunked && !facts.isResponse) return wrong("a coding behind chunked in Transfer-Encoding");
      facts.chunkedLast = false;
      facts.otherCoding = true;
    }
  }
  return undefined;
}

/** "close" and "keep-alive" are between two neighbours; they are made anew for the next. */
function noteConnection(facts: FieldFacts, value: string): FieldVerdict | undefined {
  if (value.length === 10 && value.toLowerCase() === "keep-alive") {
    facts.keepAlive = true;
    return dropped;
  }
  const left: string[] = [];
  let changed = false;
  for (const part of value.split(",")) {
    const word = trimmed(part, 0, part.length);
    const lower = word.toLowerCase();
    if (lower === "close") facts.close = true;
    else if (lower === "keep-alive") facts.keepAlive = true;
    else {
      if (lower === "upgrade") facts.connectionUpgrade = true;
      if (word !== "") left.push(word);
      continue;
    }
    changed = true;
  }
  if (!changed) return left.length === 0 ? dropped : undefined;
  return left.length === 0 ? dropped : { kind: "kept", value: left.join(",") };
}

/** RFC 9112 section 3.2: one Host, and the same as in the target. */
function noteHost(
  facts: FieldFacts,
  value: string,
  target: string,
  method: string,
): FieldVerdict | undefined {
  if (facts.host !== undefined)
    return facts.host.toLowerCase() === value.toLowerCase() ? dropped : wrong("unequal Hosts");
  facts.host = value;
  if (target.charCodeAt(0) === 47) return undefined;
  const authority = authorityOf(target, method);
  if (authority !== undefined && authority !== "" && authority.toLowerCase() !== value.toLowerCase())
    return { kind: "tolerable", value: "a Host that isn't the request target's" };
  return undefined;
}

/** The authority of a target in absolute form, without user information, or a target in authority form (RFC 9112 section 3.2). */
export function authorityOf(target: string, method: string): string | undefined {
  if (method === "CONNECT") return target;
  if (target === "*" || target.startsWith("/")) return undefined;
  const found = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(target);
  const authority = found === null ? target : (found[1] as string);
  return authority.slice(authority.lastIndexOf("@") + 1);
}

function wrong(value: string): FieldVerdict {
  return { kind: "wrong", value };
}

function trimmed(text: string, from: number, to: number): string {
  let c = 0;
  while (from < to && ((c = text.charCodeAt(from)) === 32 || c === 9)) from++;
  while (to > from && ((c = text.charCodeAt(to - 1)) === 32 || c === 9)) to--;
  return text.substring(from, to);
}
