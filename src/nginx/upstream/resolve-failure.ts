/** nginx's numbers and words (ngx_resolver_strerror) by Node's codes of c-ares. */
const failures: Readonly<Record<string, string>> = {
  EFORMERR: "1: Format error",
  ESERVFAIL: "2: Server failure",
  ENOTFOUND: "3: Host not found",
  ENODATA: "3: Host not found",
  ENOTIMP: "4: Unimplemented",
  EREFUSED: "5: Operation refused",
  ETIMEOUT: "110: Operation timed out",
  ECONNREFUSED: "110: Operation timed out",
};

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? "";

/** "3: Host not found". */
export const failureText = (error: Error): string => failures[codeOf(error)] ?? error.message;

/** The name server says that there is none, rather than that it can't say. */
export const isNoName = (error: Error): boolean => failures[codeOf(error)] === failures.ENOTFOUND;
