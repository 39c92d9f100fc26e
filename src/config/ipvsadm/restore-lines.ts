/** A line of a file of commands. */
export interface RestoreLine {
  /** From 1. */
  readonly number: number;
  /** As it stands in the file. */
  readonly text: string;
  /** Its words, without the word `ipvsadm` wherever it stands. There is no quoting, and `#` is a word as any other. */
  readonly words: readonly string[];
}

/** Splits what comes in, in pieces of any size, into lines: those that a piece ends, together. Lines without words are skipped. */
export async function* restoreLines(
  input: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<RestoreLine[]> {
  const decoder = new TextDecoder();
  let pending = "";
  let number = 0;
  for await (const piece of input) {
    pending += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    const lines = pending.split("\n");
    pending = lines.pop()!;
    yield withWords(lines.map((text) => lineOf(text, ++number)));
  }
  yield withWords([lineOf(pending + decoder.decode(), ++number)]);
}

const withWords = (lines: readonly RestoreLine[]) => lines.filter(({ words }) => words.length > 0);

function lineOf(text: string, number: number): RestoreLine {
  const words = text.split(/[ \t\r]+/).filter((word) => word !== "" && word !== "ipvsadm");
  return { number, text: text.trim(), words };
}
