import { Mistake } from "../../grammar/mistake.js";
import type { DefaultServer } from "../server-draft.js";
import { missing, type OptionAt } from "./option-at.js";

/** Words that keep one of a few words. */
export const choices: Readonly<
  Record<string, readonly [key: keyof DefaultServer, words: readonly string[]]>
> = {
  "log-proto": ["logProto", ["legacy", "octet-count"]],
  "on-error": ["onError", ["fastinter", "fail-check", "sudden-death", "mark-down"]],
  "on-marked-down": ["onMarkedDown", ["shutdown-sessions"]],
  "on-marked-up": ["onMarkedUp", ["shutdown-backup-sessions"]],
  observe: ["observe", ["none", "layer4", "layer7"]],
  ws: ["websocket", ["auto", "h1", "h2"]],
};

export function takeChoice(
  at: OptionAt,
  word: string,
  value: string,
  [key, words]: readonly [keyof DefaultServer, readonly string[]],
): void {
  if (word === "observe" && value === "") missing(`'${word}' expects <mode> as argument.`);
  if (word === "observe" && value === "layer7" && at.proxy.mode !== "http" && at.proxy.kind !== "defaults")
    throw new Mistake(`'${value}' can only be used in http proxies.`);
  if (!words.includes(value)) {
    const list =
      words.length === 1
        ? `'${words[0]}'`
        : word === "observe" || word === "ws"
          ? words.map((one) => `'${one}'`).join(", ")
          : `${words
              .slice(0, -1)
              .map((one) => `'${one}'`)
              .join(", ")} or '${words.at(-1)}'`;
    throw new Mistake(
      word === "ws"
        ? "'ws' has to be 'auto', 'h1' or 'h2'"
        : `'${word}' expects ${words.length > 1 ? "one of " : ""}${list} but got '${value}'`,
      { code: "invalid-value" },
    );
  }
  (at.draft as Record<string, unknown>)[key] = value;
}
