import type { NginxWorld } from "../../config/nginx/reading.js";

const questions = ["readFile", "list", "hostName", "user", "group"] as const;

/** What a reading of a configuration was told by its surroundings, by question: it can be sent to another process, which then reads the same. */
export type Recording = Map<string, unknown>;

const keyOf = (question: string, words: readonly unknown[]) => [question, ...words].join("\0");

/** Asks another world, and keeps what it answers. */
export function recordingWorld(world: NginxWorld, recording: Recording): NginxWorld {
  return made((question, words) => {
    const answer = (world[question] as (...words: unknown[]) => unknown)(...words);
    recording.set(keyOf(question, words), answer);
    return answer;
  });
}

/** Answers as was recorded, whatever has become of files since. */
export function recordedWorld(recording: Recording): NginxWorld {
  return made((question, words) => {
    const answer = recording.get(keyOf(question, words));
    // Over IPC a Buffer has become a plain array of bytes.
    if (question !== "readFile") return answer;
    const file = answer as { readonly bytes?: Uint8Array; readonly reason?: string } | undefined;
    if (file === undefined) return { reason: "No such file or directory" };
    return file.bytes === undefined ? file : { bytes: Buffer.from(file.bytes) };
  });
}

function made(ask: (question: (typeof questions)[number], words: readonly unknown[]) => unknown): NginxWorld {
  const world = Object.fromEntries(
    questions.map((question) => [question, (...words: unknown[]) => ask(question, words)]),
  );
  return world as unknown as NginxWorld;
}
