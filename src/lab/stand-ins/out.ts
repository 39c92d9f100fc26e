/** What a stand-in says, and the lab it is on. */
export interface Standing {
  /** The lab's name. */
  readonly lab: string;
  say(line: string): void;
  complain(line: string): void;
}
