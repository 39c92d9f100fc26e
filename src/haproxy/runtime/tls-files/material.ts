export type TlsFileKind = "cert" | "ca-file" | "crl-file" | "crt-list";

/** The TLS files of a process as they are in use, and the way to put others in their place. Who makes TLS of files (assemble) gives it. */
export interface TlsMaterial {
  /** Files that the configuration, or a crt-list, names; with how many listeners and servers use each. */
  used(kind: TlsFileKind): ReadonlyMap<string, number>;
  /** Text of a file, as it was read or put in its place since; undefined: there is none. */
  read(name: string): string | undefined;
  /** A certificate's name in a crt-list as the others know it: with crt-base before it. */
  fullName?(name: string): string;
  /** `ssl-load-extra-del-ext`: "site.key" belongs to "site.crt". */
  readonly withoutExtension?: boolean;
  /** A file that was made while running is no more. */
  forget?(name: string): void;
  /** Where the first certificate of a list is a listener's default one (it hasn't strict-sni): "file:line" of such bind lines. */
  defaultOf?(list: string): readonly string[];
  /**
   * Puts texts in the place of files and makes anew all that is made of them: all or nothing. In every thread.
   * @throws Error with OpenSSL's sentence, or ours, where they don't do
   */
  replace(files: ReadonlyMap<string, string>): void;
}
