import { readFileSync } from "node:fs";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";

/** The planes that there are; the first is taken where nobody says which. */
const planeNames = ["xdp", "ipvs"] as const;
export type PlaneName = (typeof planeNames)[number];

/** Holds a plane's name, for all commands and daemons of a machine. */
export const planeFile = "/etc/rondo/plane";
/** The same for one command, and for what it starts; it counts more than the file. */
export const planeVariable = "RONDO_PLANE";

/** Which plane was chosen, by the variable, else by the file. Throws RondoError "no-plane" for a word that is none. */
export function chosenPlane(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  file = planeFile,
): PlaneName {
  const variable = environment[planeVariable];
  if (variable) return planeNamed(variable, planeVariable);
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return planeNames[0];
    throw new RondoError("no-plane", `${file} can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return planeNamed(text, file);
}

/** @throws RondoError "no-plane", which says where the word stood */
export function planeNamed(word: string, where: string): PlaneName {
  const name = planeNames.find((each) => each === word);
  if (name) return name;
  throw new RondoError(
    "no-plane",
    `${where}: there is no data plane ${word}${didYouMean(word, planeNames)}`,
    {
      exitStatus: 2,
      remedy: `There are ${planeNames.join(" and ")}.`,
    },
  );
}
