import { readHttpDate } from "./http-date.js";

/** What an answer's head is made of, until it is sent. */
export class Answer {
  status = 0;
  /** Of an answer that another server gave, as it gave it ("200 Fine"); undefined: nginx's own words. */
  reason: string | undefined;
  contentType = "";
  charset: string | undefined;
  /** Bytes; undefined: not known before it is sent. */
  length: number | undefined;
  #modified: number | string | undefined;
  /** Last-Modified as it is sent, where a file's own or add_header's is. */
  modifiedText: string | undefined;
  etag: string | undefined;
  location: string | undefined;
  /** What another server says of itself, and of the time, stands among the fields (proxy_pass_header). */
  passesServer = false;
  passesDate = false;
  acceptsRanges = false;
  /** It depends on Accept-Encoding (gzip_vary). */
  varies = false;
  /** Fields behind those, with their names as they are written. */
  readonly names: string[] = [];
  readonly values: string[] = [];
  trailers: { name: string; value: string }[] | undefined;
  /** Whether the head has gone out, and whether with chunks behind it. */
  sent = false;
  chunked = false;

  /** Seconds since 1970; undefined: the file has none, or it isn't told. */
  get modified(): number | undefined {
    if (typeof this.#modified === "string") this.#modified = readHttpDate(this.#modified);
    return this.#modified;
  }

  set modified(seconds: number | undefined) {
    this.#modified = seconds;
  }

  /** The same by what a server says: it is read when somebody asks. */
  modifiedBy(date: string): void {
    this.#modified = date;
  }

  add(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** The values of all fields of a name in lower case, joined; undefined: there is none. */
  all(name: string): string | undefined {
    const found = this.values.filter((_, at) => this.names[at]?.toLowerCase() === name);
    return found.length === 0 ? undefined : found.join(", ");
  }

  remove(name: string): void {
    for (let at = this.names.length - 1; at >= 0; at--)
      if (this.names[at]?.toLowerCase() === name) {
        this.names.splice(at, 1);
        this.values.splice(at, 1);
      }
  }

  /** Changes the values of all fields of a name in lower case. */
  replace(name: string, change: (value: string) => string): void {
    for (const [at, each] of this.names.entries())
      if (each.toLowerCase() === name) this.values[at] = change(this.values[at] as string);
  }

  /** Begins anew, as before an error's page: what was said of a body holds no more. */
  clear(): void {
    this.contentType = "";
    this.charset = undefined;
    this.length = undefined;
    this.modified = undefined;
    this.modifiedText = undefined;
    this.etag = undefined;
    this.acceptsRanges = false;
    this.reason = undefined;
    this.remove("content-encoding");
  }
}
