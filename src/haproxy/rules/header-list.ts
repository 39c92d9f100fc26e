/**
 * Changes each value of a comma-separated list, as `replace-value` does: commas within quotes are text. Blanks around values go with them.
 */
export function mapListValues(field: string, change: (value: string) => string): string {
  let made = "";
  let start = 0;
  let quoted = false;
  for (let at = 0; at <= field.length; at++) {
    const character = field[at];
    if (quoted && character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (at >= field.length || (character === "," && !quoted)) {
      const part = field.slice(start, at);
      const value = part.trim();
      const changed = change(value);
      made += changed === value ? part : part.replace(value, () => changed);
      if (at < field.length) made += ",";
      start = at + 1;
    }
  }
  return made;
}
