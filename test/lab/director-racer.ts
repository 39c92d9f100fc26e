import { parentPort, workerData } from "node:worker_threads";
import { type BpfProgram, testRun } from "../../src/bpf/index.js";
import { withNetworkNamespace } from "../../src/sys/index.js";

/** What a racer gets: descriptors are the process's. `meeting` has two numbers: where each racer has come. */
export interface Race {
  readonly namespace: number;
  readonly program: number;
  readonly me: 0 | 1;
  readonly meeting: SharedArrayBuffer;
  readonly packets: readonly Uint8Array[];
  readonly context: Uint8Array;
}

/** How often it looks for the other one: on a machine whose CPUs have more to do that one may not come for long. */
const patience = 5_000;

// Sends each packet at the moment when the other racer sends the same one, if both run.
const { namespace, program, me, meeting, packets, context } = workerData as Race;
const places = new Int32Array(meeting);
withNetworkNamespace(namespace, () => {
  for (const [i, packet] of packets.entries()) {
    Atomics.store(places, me, i + 1);
    for (let turn = 0; turn < patience && Atomics.load(places, 1 - me) < i + 1; turn++);
    testRun({ fd: program } as BpfProgram, { packet, context });
  }
});
parentPort!.postMessage("done");
