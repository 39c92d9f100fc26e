// Takes a lab down when its maker ends. Started by guardian.ts in a session of its own.
import { takeDown } from "../take-down.js";

const [lab = "", since = ""] = process.argv.slice(2);
process.title = `rondo lab ${lab}: guardian`;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => {});

let said = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text: string) => {
  said += text;
});
process.stdin.on("end", async () => {
  if (said.startsWith("dismissed")) return;
  try {
    await takeDown(lab, { since });
  } catch (error) {
    console.error(`rondo: lab ${lab} could not be taken down: ${(error as Error).message}`);
    process.exitCode = 1;
  }
});
