import type { Diagnostic, Refusal } from "./diagnostic.js";
import type { Chars } from "./source/chars.js";
import type { SourceFiles } from "./source/source-files.js";

/** What to note, beside its words. */
export interface Finding {
  readonly severity?: Diagnostic["severity"];
  readonly remedy?: string | undefined;
  readonly meant?: string | undefined;
  /** What should stand there instead of the words it is about. */
  readonly instead?: string | undefined;
  /** As `instead`, for positions from … to of one file. */
  readonly edit?: { readonly from: number; readonly to: number; readonly text: string };
  /** Null: the real one's -t says nothing of it. Default: "error", if the severity is error. */
  readonly refused?: Refusal | null;
}

/** Notes what is wrong in a configuration, where, and how it would be right. */
export class Findings {
  readonly list: Diagnostic[] = [];
  constructor(readonly files: SourceFiles) {}

  /** Notes an error, or what `finding` says, of some words of the configuration. */
  add(at: Chars | number, code: string, message: string, finding: Finding = {}): void {
    const severity = finding.severity ?? "error";
    const refused =
      finding.refused === undefined ? (severity === "error" ? "error" : undefined) : finding.refused;
    const position = typeof at === "number" ? at : at.position();
    const fix = finding.edit
      ? this.#span(finding.edit)
      : finding.instead === undefined || typeof at === "number"
        ? undefined
        : this.edit(at, finding.instead);
    this.list.push({
      place: this.files.place(position),
      severity,
      code,
      message,
      ...(finding.remedy === undefined ? {} : { remedy: finding.remedy }),
      ...(finding.meant === undefined ? {} : { meant: finding.meant }),
      ...(fix === undefined ? {} : { fix }),
      ...(refused ? { refused } : {}),
    });
  }

  /** A warning that the real one's -t does not end with an error for, unless `finding` says so. */
  warn(at: Chars | number, code: string, message: string, finding: Finding = {}): void {
    this.add(at, code, message, { severity: "warning", ...finding });
  }

  /** The edit that puts a text in the place of words as they stand in a file. */
  edit(at: Chars, text: string): Diagnostic["fix"] {
    const { range } = at;
    const where = range && this.files.offset(range.start);
    return (
      where && { file: where.file, start: where.offset, end: where.offset + range.end - range.start, text }
    );
  }

  #span({ from, to, text }: NonNullable<Finding["edit"]>): Diagnostic["fix"] {
    const where = this.files.offset(from);
    return where && { file: where.file, start: where.offset, end: where.offset + to - from, text };
  }
}
