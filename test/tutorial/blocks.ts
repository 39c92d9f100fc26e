/** A command of the tutorial, and what the text shows of what it prints. */
export interface Typed {
  /** The host of the lab that it is typed on; undefined: the machine itself. */
  readonly host: string | undefined;
  /** All of its lines, those of a here-document too. */
  readonly text: string;
  readonly shows: readonly string[];
}

/** A block of what was typed at terminals. */
export interface Block {
  /** The number of the step, which is that of the heading that it stands under; 0 before the first one. */
  readonly step: number;
  /** Where it begins in the file. */
  readonly line: number;
  /** Whether its last command goes on while the next block is typed. */
  readonly meanwhile: boolean;
  /** The exit status of its last command; all others have 0. */
  readonly status: number;
  readonly typed: readonly Typed[];
}

/**
 * The blocks of a tutorial that were typed, in their order:
 *
 *     ```console status=1           of the last command; 0 if nothing is said
 *     # rondo doctor --lab dr       a command of root's on the machine
 *     web1: error …                 what it prints
 *     root@web1:~# cat > a << 'END' one on a host of the lab
 *     > a line                      more lines of the same command
 *     > END
 *     ```
 *
 * With "meanwhile" the last command goes on while the next block is typed.
 * @throws RangeError for a block that has another word behind "console", or no command first.
 */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  let step = 0;
  for (let i = 0; i < lines.length; i++) {
    step = Number(/^## (\d+)/.exec(lines[i]!)?.[1] ?? step);
    const opening = /^```(\S*) ?(.*)$/.exec(lines[i]!);
    if (!opening) continue;
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new RangeError(`line ${i + 1}: a block without an end`);
    if (opening[1] === "console")
      blocks.push({
        step,
        line: i + 1,
        ...wordsOf(opening[2]!, i + 1),
        typed: typedIn(lines.slice(i + 1, end), i + 2),
      });
    i = end;
  }
  return blocks;
}

function wordsOf(text: string, line: number): { meanwhile: boolean; status: number } {
  const found = /^(meanwhile)?(?:status=(\d+))?$/.exec(text);
  if (!found) throw new RangeError(`line ${line}: "${text}" is none of: meanwhile, status=N`);
  return { meanwhile: found[1] !== undefined, status: Number(found[2] ?? 0) };
}

function typedIn(lines: readonly string[], from: number): Typed[] {
  const typed: { host: string | undefined; text: string; shows: string[] }[] = [];
  for (const [index, line] of lines.entries()) {
    const prompt = /^(?:root@([\w-]+):\S*)?# (.+)$/.exec(line);
    const last = typed.at(-1);
    if (prompt) typed.push({ host: prompt[1], text: prompt[2]!, shows: [] });
    else if (!last) throw new RangeError(`line ${from + index}: output of no command`);
    else if (line.startsWith("> ") && last.text.includes("<<") && last.shows.length === 0)
      last.text += `\n${line.slice(2)}`;
    else if (line.trim() !== "") last.shows.push(line);
  }
  if (typed.length === 0) throw new RangeError(`line ${from}: a block without a command`);
  return typed;
}

/** A command of the machine's as it has to be for a lab of another name than its topology's. */
export function namedLab(command: string, lab: string): string {
  return command
    .replace(/\brondo lab up (\S+)/, `rondo lab up $1 --name ${lab}`)
    .replace(/\brondo lab (exec|shell|fail|cut|loss \S+|delay \S+|flap|heal) (\w)/, `rondo lab $1 ${lab}/$2`)
    .replace(/\brondo lab (down|status|faults|traffic|publish)\b( (?!-)[\w-]+)?/, `rondo lab $1 ${lab}`)
    .replace(/--lab \S+/, `--lab ${lab}`);
}
