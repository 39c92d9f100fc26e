/**
 * Header fields in the order in which they came. Names are lower case (HTTP/2's form, and what HAProxy sends); one character of a name or
 * value is one byte (latin1). Names that are given must be lower case.
 *
 * Where `written` is there it has the same names as they stand on an HTTP/1 connection ("X-Forwarded-For"), and a head is sent with those: its
 * sender says himself where Content-Length and Connection stand (see write-head.ts).
 */
export class Headers {
  readonly names: string[];
  readonly values: string[];
  readonly written: string[] | undefined;

  constructor(names: string[] = [], values: string[] = [], written?: string[]) {
    this.names = names;
    this.values = values;
    this.written = written;
  }

  get length(): number {
    return this.names.length;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** The first field's value. */
  get(name: string): string | undefined {
    const at = this.names.indexOf(name);
    return at < 0 ? undefined : this.values[at];
  }

  /** The values of all fields of a name, as they stand. */
  all(name: string): string[] {
    const found: string[] = [];
    for (let at = this.names.indexOf(name); at >= 0; at = this.names.indexOf(name, at + 1))
      found.push(this.values[at] as string);
    return found;
  }

  /** @param written the name as it is sent where such names are kept. */
  add(name: string, value: string, written = name): void {
    this.names.push(name);
    this.values.push(value);
    this.written?.push(written);
  }

  /** Removes all fields of the name and adds one at the end, as http-request set-header does. */
  set(name: string, value: string, written = name): void {
    this.remove(name);
    this.add(name, value, written);
  }

  /** How many were removed. */
  remove(name: string): number {
    let removed = 0;
    for (let at = this.names.indexOf(name); at >= 0; at = this.names.indexOf(name, at)) {
      this.removeAt(at);
      removed++;
    }
    return removed;
  }

  removeAt(at: number): void {
    this.names.splice(at, 1);
    this.values.splice(at, 1);
    this.written?.splice(at, 1);
  }

  copy(): Headers {
    return new Headers(this.names.slice(), this.values.slice(), this.written?.slice());
  }
}
