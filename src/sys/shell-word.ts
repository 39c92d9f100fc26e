/** A word as a shell reads it: quoted, where it has more in it than names and addresses have. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * A command of a shell, as a template: what is put into it stands for itself, whatever is in it. A device may be called
 * "a;reboot", a rule's comment may have "$(reboot)" in it, and what other hosts tell of themselves may be anything.
 */
export const typed = (parts: TemplateStringsArray, ...words: readonly { toString(): string }[]): string =>
  parts.map((part, i) => part + (i < words.length ? shellWord(`${words[i]}`) : "")).join("");
