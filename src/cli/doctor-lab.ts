import { type Patient, Reader, readAll } from "../doctor/index.js";
import { RondoError } from "../errors.js";
import { findHost, labNamed, requireRoot } from "../lab/index.js";
import { runShell, startReader } from "./doctor-shell.js";
import { writeLabShims } from "./lab-shims.js";

/** A lab under examination: on each host a process that tells what the host looks like. */
export interface LabPatient extends Patient {
  close(): void;
}

/** All hosts of a lab, the switch among them. Close it after use. */
export function labPatient(name: string, patience?: number): LabPatient {
  requireRoot("looking at a lab's hosts");
  const lab = labNamed(name);
  const hostNamed = (host: string) => findHost(`${lab.name}/${host}`).host;
  const readers: Reader[] = [];
  const absent: { host: string; why: string }[] = [];
  try {
    for (const host of lab.state.hosts) {
      const start: Parameters<typeof startReader>[0] = (...program) => hostNamed(host.name).spawn(...program);
      try {
        readers.push(new Reader(host.name, startReader(start)));
      } catch (error) {
        // Its power may be off, or its network gone: the others are looked at all the same.
        if (!(error instanceof RondoError)) throw error;
        absent.push({ host: host.name, why: error.message });
      }
    }
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
  return {
    absent,
    look: () => readAll(readers, patience),
    run: ({ host, command }) =>
      runShell(command, (...program) => hostNamed(host).spawn(...program), writeLabShims(lab.name)),
    close: () => {
      for (const reader of readers) reader.close();
    },
  };
}
