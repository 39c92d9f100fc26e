import { basename } from "node:path";
import { Session } from "./ipvsadm.js";
import type { IpvsadmIo } from "./ipvsadm-io.js";

/**
 * Runs `ipvsadm-restore`: clears the table and does what stdin says, without lines that begin with `#`. With `--lines`, which is
 * ours, it tells which line a message is about. Other words
 * are ignored, as the real one does, but for -h and --help: there the real one clears the table too.
 */
export async function run(argv: readonly string[], io: IpvsadmIo): Promise<number> {
  if (argv.includes("-h") || argv.includes("--help")) {
    const program = basename(io.program ?? "ipvsadm-restore");
    io.stderr.write(
      `${program}: Script to restore the IPVS table from stdin.\n` +
        "   Clears the table first; lines that begin with # are comments.\n",
    );
    return 1;
  }
  // All of it is read before the table is cleared: who cancels the input has changed nothing.
  const text = await readAll(io.stdin);
  const session = new Session({ ...io, program: "ipvsadm" });
  try {
    await session.execute(["-C"]);
    const lines = text.split("\n").map((line) => (line.startsWith("#") ? "" : line));
    return await session.restore(once(lines.join("\n")), argv.includes("--lines"));
  } finally {
    session.close();
  }
}

async function readAll(input: IpvsadmIo["stdin"]): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of input)
    text += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

async function* once(text: string) {
  yield text;
}
