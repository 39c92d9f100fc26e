import { readFileSync } from "node:fs";
import {
  answerRequests,
  examine,
  factsFormat,
  fix,
  gatherFacts,
  type HostFacts,
  type Mended,
  type Patient,
  type Questions,
  type Role,
  wrongPart,
} from "../doctor/index.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../nearest.js";
import { IpAddress } from "../wire/index.js";
import { usageError } from "./command-io.js";
import { labPatient } from "./doctor-lab.js";
import { jsonReport, textReport } from "./doctor-report.js";
import { runShell } from "./doctor-shell.js";
import { parseWords, wholeNumber } from "./words.js";

const usage = `usage: rondo doctor [--lab NAME | --with FILE… | --from FILE…] [--fix] [--json] [--strict] [OPTION…]
       rondo doctor --facts [OPTION…]

Looks for what goes wrong with directors and real servers, and tells the command that mends it. It changes nothing without --fix.

  --lab NAME             all hosts of a lab
  --with FILE…           this host, and others by the facts that were saved there
  --from FILE…           others alone, by their facts
  --fix                  carries the commands out, and looks again
  --json                 what was found, for programs
  --strict               warnings count for the exit status, too
  --facts                prints what this host looks like, for --with and --from elsewhere
  --as director|server   what this host is, where it can't be seen
  --host NAME            what this host is called (its own name)
  --vip ADDRESS          asks also who answers ARP for it; may be given several times
  --connect ADDRESS:PORT connects there, if the address is this host's own; may be given several times
  --wait TIME            how long to listen to answers on the wire: milliseconds (500)
`;

const options = {
  lab: { type: "string" },
  with: { type: "string", multiple: true },
  from: { type: "string", multiple: true },
  fix: { type: "boolean" },
  json: { type: "boolean" },
  strict: { type: "boolean" },
  facts: { type: "boolean" },
  stdin: { type: "boolean" },
  as: { type: "string" },
  host: { type: "string" },
  vip: { type: "string", multiple: true },
  connect: { type: "string", multiple: true },
  wait: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

interface Given {
  readonly lab?: string;
  readonly with?: readonly string[];
  readonly from?: readonly string[];
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly facts?: boolean;
  readonly stdin?: boolean;
  readonly help?: boolean;
}

/** Where a doctor writes to. */
export interface DoctorIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly stdin: NodeJS.ReadableStream;
}

/** `rondo doctor …`: see docs/manual/doctor.md. */
export async function run(words: readonly string[], io: DoctorIo = process): Promise<number> {
  const { values, positionals } = parseWords<never>(words, options, mistake);
  const given = values as Given;
  if (given.help) {
    io.stdout.write(usage);
    return 0;
  }
  const files = filesOf(given, positionals);
  const questions = questionsOf(values);
  if (given.facts) {
    const other = (["lab", "with", "from", "fix", "strict"] as const).find(
      (name) => given[name] !== undefined,
    );
    if (other) throw usageError(`--facts looks at this host alone: there is no --${other} with it`, help);
    if (given.stdin) await answerRequests(io.stdin, (line) => io.stdout.write(line));
    else io.stdout.write(`${JSON.stringify(await gatherFacts(questions))}\n`);
    return 0;
  }
  if (given.lab === undefined) return examined(await patientHere(given, files, questions), given, io);
  const patient = labPatient(given.lab, questions.patience);
  try {
    return await examined(patient, given, io);
  } finally {
    patient.close();
  }
}

async function examined(patient: Patient, given: Given, io: DoctorIo): Promise<number> {
  let facts: readonly HostFacts[] = await patient.look();
  let findings = examine(facts);
  let mended: readonly Mended[] | undefined;
  if (given.fix) {
    const fixed = await fix(patient, facts, ({ host, command }) => io.stderr.write(`${host}: ${command}\n`));
    ({ facts, findings, mended } = fixed);
    for (const { host, command, status, output } of fixed.mended)
      if (status !== 0) io.stderr.write(`${host}: \`${command}\` ended with ${status}: ${output.trim()}\n`);
  }
  const { absent = [] } = patient;
  const report = { facts, findings, absent, ...(mended && { mended }) };
  io.stdout.write(given.json ? jsonReport(report) : textReport(report));
  const unable = absent.length > 0 || facts.some(({ unseen }) => unseen.some(({ severe }) => severe));
  const bad = findings.some(({ severity }) => severity === "error" || given.strict);
  return bad || unable ? 1 : 0;
}

/** This host, unless files alone are meant; commands are run here only. */
async function patientHere(
  given: Given,
  files: readonly HostFacts[],
  questions: Questions,
): Promise<Patient> {
  if (given.from) {
    if (given.fix)
      throw usageError("--fix can't reach the hosts of files", "Run it on each of them, or in a lab.");
    return { look: async () => [...files], run: async () => undefined };
  }
  let own: string | undefined;
  const services = files.flatMap((each) => each.services);
  const vips = [...(questions.vips ?? []), ...services.flatMap(({ vip }) => vip ?? [])];
  return {
    look: async () => {
      const facts = await gatherFacts({ ...questions, vips });
      own = facts.host;
      const twin = files.find(({ host }) => host === own);
      if (twin)
        throw new RondoError("same-host", `a file is of a host that is called ${own}, too`, {
          remedy: "Name this one with --host.",
        });
      return [facts, ...files];
    },
    run: async (mend) => (mend.host === own ? runShell(mend.command) : undefined),
  };
}

function filesOf(given: Given, more: readonly string[]): HostFacts[] {
  const names = [...(given.with ?? []), ...(given.from ?? []), ...more];
  const kinds = (["lab", "with", "from"] as const).filter((name) => given[name] !== undefined);
  if (kinds.length > 1) throw usageError(`--${kinds[0]} and --${kinds[1]} exclude each other`, help);
  if (more.length > 0 && !given.with && !given.from)
    throw usageError(`${more[0]}: nothing is expected here`, "Files of facts come after --with or --from.");
  const all = names.map(factsIn);
  const twice = all.find((one, index) => all.findIndex(({ host }) => host === one.host) !== index);
  if (twice)
    throw new RondoError("same-host", `two files are of a host that is called ${twice.host}`, {
      remedy: "Name hosts with `rondo doctor --facts --host NAME`.",
    });
  return all;
}

/** @throws RondoError "no-file", "no-facts" or "other-facts" */
function factsIn(path: string): HostFacts {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new RondoError("no-file", `${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
  const remedy = "Save them there anew: `rondo doctor --facts > FILE`.";
  let facts: Partial<HostFacts> | undefined;
  try {
    facts = JSON.parse(text);
  } catch (error) {
    throw new RondoError("no-facts", `${path} holds no facts: ${(error as Error).message}`, {
      cause: error,
      remedy,
    });
  }
  if (typeof facts?.host !== "string" || !Array.isArray(facts.links))
    throw new RondoError("no-facts", `${path} holds something else than a host's facts`, { remedy });
  if (facts.format !== factsFormat)
    throw new RondoError(
      "other-facts",
      `${path} was saved by another version of rondo (format ${facts.format}, this one reads ${factsFormat})`,
      { remedy },
    );
  const part = wrongPart(facts);
  if (part !== undefined)
    throw new RondoError(
      "no-facts",
      `${path} holds no whole facts: what it says of "${part}" is missing or wrong`,
      {
        remedy,
      },
    );
  return facts as HostFacts;
}

function questionsOf(values: Readonly<Record<string, unknown>>): Questions {
  const {
    as: role,
    host,
    vip = [],
    connect = [],
    wait,
  } = values as {
    as?: string;
    host?: string;
    vip?: string[];
    connect?: string[];
    wait?: string;
  };
  if (role !== undefined && role !== "director" && role !== "server")
    throw usageError(`--as ${role}: director or server${didYouMean(role, ["director", "server"])}`, help);
  const patience = wait === undefined ? undefined : wholeNumber(wait, 10, 60_000);
  if (wait !== undefined && patience === undefined)
    throw usageError(`--wait ${wait}: milliseconds, from 10 to 60000`, help);
  for (const address of vip)
    if (!IpAddress.parse(address)) throw usageError(`--vip ${address}: that is no IP address`, help);
  return {
    ...(role !== undefined && { role: role as Role }),
    ...(host !== undefined && { host }),
    vips: vip,
    ...(vip.length > 0 && { named: vip.map((text) => IpAddress.of(text).toString()) }),
    connects: connect.map(endOf),
    ...(patience !== undefined && { patience }),
  };
}

/** "192.168.4.15:80" or "[fd66::15]:80" */
function endOf(word: string): { address: string; port: number } {
  const [, six, four, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(word) ?? [];
  const address = IpAddress.parse(six ?? four ?? "");
  const port = wholeNumber(digits ?? "", 1, 65535);
  if (!address || port === undefined)
    throw usageError(`--connect ${word}: ADDRESS:PORT is expected here`, help);
  return { address: address.toString(), port };
}

const help = "Try `rondo doctor --help`.";

/** Node's sentence, with the option that was meant. */
function mistake(message: string): RondoError {
  const unknown = /'(--?[^']+)'/.exec(message)?.[1];
  const hint =
    unknown?.startsWith("--") && message.startsWith("Unknown")
      ? didYouMean(
          unknown,
          Object.keys(options).map((name) => `--${name}`),
        )
      : "";
  return usageError(`${message}${hint}`, help);
}
