/**
 * Header fields in the order in which they came. Names are lower case (HTTP/2's form, and what HAProxy sends); one character of a name or
 * value is one byte (latin1). Names that are given must be lower case.
 */
export class Headers {
  readonly names: string[];
  readonly values: string[];

  constructor(names: string[] = [], values: string[] = []) {
    this.names = names;
    this.values = values;
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

  add(name: string, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Removes all fields of the name and adds one at the end, as http-request set-header does. */
  set(name: string, value: string): void {
    this.remove(name);
    this.add(name, value);
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
  }

  copy(): Headers {
    return new Headers(this.names.slice(), this.values.slice());
  }
}
