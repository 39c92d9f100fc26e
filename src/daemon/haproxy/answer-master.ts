import type { Assembled } from "../../haproxy/assemble/index.js";
import type { FromWorker, ToWorker } from "./worker-messages.js";

export function tellMaster(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

/** Of a worker: answers what clients of the master's socket ask it, as its runtime socket would. */
export function answerMaster(assembled: Assembled): void {
  const sessions = new Map<number, { close(): void }>();
  process.on("message", (message: ToWorker) => {
    if (message.kind === "cancel") {
      sessions.get(message.id)?.close();
      sessions.delete(message.id);
      return;
    }
    const { id, line, level } = message;
    sessions.set(
      id,
      assembled.command(line, level, {
        write: (text) => tellMaster({ kind: "answer", id, text, end: false }),
        end: () => {
          sessions.delete(id);
          tellMaster({ kind: "answer", id, text: "", end: true });
        },
      }),
    );
  });
}
