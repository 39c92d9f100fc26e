/** Why directives have no effect here, or are refused: they share few reasons. */
const without = (note: string) => ({ status: "without-effect", note }) as const;
const refuse = (note: string) => ({ status: "refused", note }) as const;

export const tables = without("tables grow as they need");
export const pools = without("memory isn't taken from pools");
export const node = without("reading and writing are Node's");
export const threads = without("reading and writing are Node's, and so are its threads");
export const epoll = without("epoll is what there is");
export const modules = without("what this program can do is built in");
export const debug = without("there is no log for debugging");
export const browsers = without("browsers that needed it are gone");
export const busy = without(
  "an answer goes to its client at once, and to a file only what that doesn't take",
);
export const push = without("nothing is pushed to HTTP/2's clients");
export const files = without("descriptors of files aren't kept");

/** Not there yet: ignoring it harms nobody. */
export const absent = without("it isn't done yet");
/** Not there yet, and wrong to run without. */
export const absentAndNeeded = refuse("it isn't done yet");

export const engine = refuse("OpenSSL's engines can't be used");
export const symlinks = refuse("files are not opened step by step");
export const store = refuse("answers are not written to files");
export const conversion = refuse("texts are not converted");
export const afterwards = refuse("nothing is done behind an answer");
