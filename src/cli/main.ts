/** Looks at the name the program was called by, or at its first argument, and runs that command. */
export async function main(argv: readonly string[]): Promise<void> {
  console.error(`rondo: no command ${argv[2] ?? ""}`);
  process.exitCode = 1;
}
