/** A file's bytes, or why there are none, as strerror has it ("No such file or directory"). */
export type FileBytes = { readonly bytes: Buffer } | { readonly reason: string };

/** What reading a configuration asks of the world. Paths are as the configuration has them, or made absolute by its *-base keywords. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readFile(path: string): FileBytes;
  /** Names in a folder, sorted; undefined: it is none. */
  list(path: string): readonly string[] | undefined;
  hostName(): string;
  user(name: string): number | undefined;
  group(name: string): number | undefined;
}
