import { foreign } from "./foreign.js";

type Crypt = (key: string, setting: string) => string | null;

let crypt: Crypt | null | undefined;

/** The system's crypt(3), which knows the hashes of /etc/shadow; null where there is none. */
function systemCrypt(): Crypt | null {
  for (const name of ["libcrypt.so.1", "libcrypt.so.2", "libcrypt.so"]) {
    try {
      return foreign().load(name).func("const char *crypt(const char *key, const char *setting)") as Crypt;
    } catch {
      // another name
    }
  }
  return null;
}

/**
 * Whether a password is the one that a hash was made of ("$6$salt$…", "$2y$…", "$y$…", or DES's 13 letters). undefined: this system has no
 * crypt(3), or it doesn't know the hash's kind.
 */
export function passwordMatches(password: string, hash: string): boolean | undefined {
  crypt = crypt === undefined ? systemCrypt() : crypt;
  const made = crypt?.(password, hash);
  if (made === null || made === undefined || made.startsWith("*")) return undefined;
  return made === hash;
}
