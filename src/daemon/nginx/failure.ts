import { getSystemErrorMap } from "node:util";

const texts = getSystemErrorMap();

/** "2: No such file or directory", as nginx names why a system call failed. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  if (errno === undefined) return message;
  const number = Math.abs(errno);
  const text = texts.get(-number)?.[1];
  return text === undefined ? message : `${number}: ${strerror[text] ?? capitalised(text)}`;
}

const capitalised = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

/** Where libuv's words aren't the C library's. */
const strerror: Readonly<Record<string, string>> = {
  "address not available": "Cannot assign requested address",
  "illegal operation on a directory": "Is a directory",
  "operation not permitted": "Operation not permitted",
  "too many symbolic links encountered": "Too many levels of symbolic links",
  "name too long": "File name too long",
};

/**
 * Nothing can be started; the message is nginx's sentence for the log at [emerg]. What the configuration names can't be had (a
 * log, an address), or the configuration itself is wrong.
 */
export class StartFailure extends Error {
  constructor(
    sentence: string,
    readonly of: "configuration" | "surroundings" = "surroundings",
  ) {
    super(sentence);
  }
}
