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

/** Every third of them, or all of them if there is time. */
export const chosenTranscripts = (): readonly string[] =>
  process.env["RONDO_THOROUGH"] === "1" ? transcripts : transcripts.filter((_, index) => index % 3 === 0);

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
