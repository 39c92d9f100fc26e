// Listings with numbers in them, and what is said where the kernel refuses, as the real ipvsadm printed them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GoldenPlane } from "../../test/support/golden-plane.js";
import { fixture, runWith } from "../../test/support/ipvsadm.js";
import type { DataPlane } from "../ipvs/data-plane.js";
import { IpvsError, type IpvsRefusal } from "../ipvs/errors.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import type { ServiceSpec } from "../ipvs/model.js";

/** Cuts a recording of `$ command`, output and `rc=status` into its cases. */
function cases(text: string) {
  return [...text.matchAll(/^\$ ipvsadm (.*)\n([\s\S]*?)^rc=(\d+)$/gm)].map((match) => ({
    command: match[1]!,
    output: match[2]!,
    status: Number(match[3]),
  }));
}

test("golden.txt: listings of a table with traffic", async () => {
  const all = cases(fixture("golden.txt"));
  assert.equal(all.length, 18);
  for (const [index, { command, output, status }] of all.entries()) {
    // The last two were recorded from an empty table.
    const plane = index < all.length - 2 ? new GoldenPlane() : new MemoryPlane();
    const ran = await runWith(plane, command.split(" "));
    assert.equal(ran.output.replaceAll("\n", "$\n"), output, command);
    assert.equal(ran.status, status, command);
  }
});

/** Which refusal an error number of the kernel is, by what was called. */
const refusals: Readonly<Record<number, Partial<Record<keyof DataPlane | "else", IpvsRefusal>>>> = {
  1: { else: "not-permitted" },
  2: { addService: "no-scheduler", else: "no-server" },
  3: {
    editService: "no-service",
    deleteService: "no-service",
    zero: "no-service",
    stopSyncDaemon: "no-daemon",
    else: "service-not-defined",
  },
  17: { addService: "service-exists", addServer: "server-exists", startSyncDaemon: "daemon-running" },
  22: { else: "invalid" },
  34: { else: "range" },
};

/** A plane that answers every change with one error number; 0 takes all of them. */
function answering(errno: number): DataPlane {
  const golden = new GoldenPlane();
  return new Proxy(golden, {
    get(_, key: keyof DataPlane) {
      const value = golden[key];
      if (typeof value !== "function" || /^(services?|connections|timeouts|syncDaemons|close)$/.test(key))
        return typeof value === "function" ? value.bind(golden) : value;
      return (spec: ServiceSpec) => {
        // The recording's library could only speak of IPv4.
        if (errno === 0 && spec?.id?.kind === "mark" && spec.id.family === 6)
          throw new IpvsError("family-unsupported");
        const refusal = refusals[errno]?.[key] ?? refusals[errno]?.else;
        if (refusal) throw new IpvsError(refusal);
      };
    },
  });
}

test("errors.txt: mistakes and refusals", async () => {
  const all = cases(fixture("errors.txt"));
  assert.ok(all.length > 60);
  for (const { command, output, status } of all) {
    const errno = Number(/\[errno (\d+)\]/.exec(command)?.[1] ?? 0);
    const words = command.replace(/ +\[errno \d+\]| < r.txt/g, "").split(" ");
    const ran = await runWith(answering(errno), words, { input: "nonsense\n" });
    // Of the one listing only the first lines were recorded.
    const recorded = output.split("\n").length - 1;
    const shown = command.startsWith("-L")
      ? ran.output
          .split(/(?<=\n)/)
          .slice(0, recorded)
          .join("")
      : ran.output;
    assert.equal(shown, output, command);
    assert.equal(ran.status, status, command);
  }
});
