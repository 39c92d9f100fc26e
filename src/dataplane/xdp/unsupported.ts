import { RondoError } from "../../errors.js";

/** What this plane does not do as yet is refused, in words, before anything is changed. */
export function notYet(what: string): RondoError {
  return new RondoError("not-yet", `rondo's director can't do ${what} yet`, {
    exitStatus: 255,
    remedy: "What it does is told in docs/manual/ipvsadm.md.",
  });
}
