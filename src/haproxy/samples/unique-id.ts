import type { SampleContext } from "../run/index.js";
import type { Environment } from "./registry.js";

/** A stream's unique-id: made by the front end's unique-id-format when it is first asked for, and kept. */
export function uniqueIdOf({ stream, session }: SampleContext, environment: Environment): string | undefined {
  if (stream === undefined) return undefined;
  if (stream.uniqueId !== undefined) return stream.uniqueId;
  const format = stream.frontend.section.uniqueIdFormat;
  if (format === undefined) return undefined;
  const render = environment.process.compile.format(format, "http");
  stream.uniqueId = render({ session, stream, direction: "request", final: true, check: undefined });
  return stream.uniqueId;
}
