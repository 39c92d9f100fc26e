import type { Command } from "./command.js";

const mostMatches = 5;
const prefixWords = 5; // CLI_PREFIX_KW_NB

const always = [
  "help [<command>]                        : list matching or all commands",
  "prompt                                  : toggle interactive mode with prompt",
  "quit                                    : disconnect",
];

/** The command that words begin with. */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  return commands.find((command) => command.words.every((word, at) => word === words[at]));
}

/**
 * `help`, `help WORDS`, and what is answered to words that are no command: those that begin alike, or, where a further word is meant
 * to be one, the few that look most like it (cli.c, cli_gen_usage_msg). `commands` are those that the client may see.
 */
export function helpText(commands: readonly Command[], given: readonly string[]): string {
  const isHelp = given[0] === "help";
  const words = isHelp ? given.slice(1) : given;
  const alike = Math.max(0, ...commands.map((command) => commonWords(command, words)));
  const listed = words.length > alike ? similar(commands, words, alike) : [];
  if (listed.length === 0) listed.push(...commands.filter((command) => commonWords(command, words) >= alike));
  const lines = listed.flatMap((command) => command.usage ?? []).sort(byBytes);
  return [heading(isHelp, alike, words), ...[...lines, ...always].map((line) => `  ${line}`), ""].join("\n");
}

function heading(isHelp: boolean, alike: number, words: readonly string[]): string {
  if (isHelp) return "The following commands are valid at this level:";
  if (alike === 0 && words.length === 0)
    return "Unknown command. Please enter one of the following commands only:";
  return "Unknown command, but maybe one of the following ones is a better match:";
}

const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function commonWords(command: Command, words: readonly string[]): number {
  let count = 0;
  while (count < prefixWords && command.words[count] !== undefined && command.words[count] === words[count])
    count++;
  return count;
}

/** Up to five whose remaining words look like the remaining words that were given. */
function similar(commands: readonly Command[], words: readonly string[], alike: number): Command[] {
  const given = words.slice(alike, prefixWords);
  const wanted = fingerprint(given);
  const best: { command: Command; distance: number }[] = [];
  for (const command of commands) {
    if (command.usage === undefined || commonWords(command, words) < alike) continue;
    const rest = command.words.slice(alike);
    const distance = differ(wanted, fingerprint(rest));
    const length = given.join("").length + rest.join("").length;
    if (
      distance >= (5 * length) / 2 ||
      (best.length === mostMatches && distance >= (best.at(-1)?.distance ?? 0))
    )
      continue;
    best.push({ command, distance });
    best.sort((a, b) => a.distance - b.distance);
    best.splice(mostMatches);
  }
  const nearest = best[0]?.distance ?? 0;
  return best.filter(({ distance }) => distance <= (5 * nearest) / 2).map(({ command }) => command);
}

/**
 * How often each letter follows each other one in some words, and which there are; figures are one letter, all else (and both ends of a word)
 * another (tools.c, update_word_fingerprint).
 */
function fingerprint(words: readonly string[]): Uint8Array {
  const print = new Uint8Array(1024);
  const count = (from: number, to: number) => {
    print[32 * from + to] = (print[32 * from + to] as number) + 1;
  };
  for (const word of words) {
    let from = 28;
    for (const character of word.toLowerCase()) {
      const to = /[a-z]/.test(character) ? character.charCodeAt(0) - 96 : /\d/.test(character) ? 27 : 28;
      print[to] = 1;
      count(from, to);
      from = to;
    }
    count(from, 28);
  }
  return print;
}

function differ(a: Uint8Array, b: Uint8Array): number {
  let distance = 0;
  for (let at = 0; at < a.length; at++) distance += Math.abs((a[at] as number) - (b[at] as number));
  return distance;
}
