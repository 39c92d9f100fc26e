import assert from "node:assert/strict";
import { fixedNames, fixture, runWith, transcript } from "../../support/ipvsadm.js";
import { place } from "./vs-place.js";

/** Recordings that change a table, by the names of their files; `names-long` and `odd-words` are about words alone. */
const transcripts = [
  "cli-daemon",
  "cli-edit",
  "cli-errors-server",
  "cli-errors-service",
  "cli-errors-options",
  "cli-ipv6",
  "cli-list",
  "cli-list-options",
  "cli-save",
  "cli-services",
  "cli-timeouts",
  "first-dr",
  "order",
  "restore",
];

/** All of them; their commands run within this process, and cost little. */
export const chosenTranscripts = (): readonly string[] => transcripts;

/** Runs the commands of a recording from an empty table on. */
export async function comparedWithRecordings(file: string): Promise<void> {
  using here = place();
  const names = fixedNames();
  for (const { program, words, input, output, status, line } of transcript(fixture(`${file}.txt`))) {
    const ran = await runWith(here.plane, words, { program, input, names });
    const where = `${file}.txt:${line}: ${program} ${words.join(" ")}`;
    assert.equal(`${ran.output}[exit ${ran.status}]`, `${output}[exit ${status}]`, where);
  }
}
