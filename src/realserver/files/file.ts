import type { HostState } from "../host-state.js";
import type { Plan } from "../plan.js";
import { sysctlName } from "../step.js";

/** A file that people keep, or lines of it. */
export interface KeptFile {
  readonly path: string;
  /** What to know about it, behind its path. */
  readonly about?: string;
  readonly lines: readonly string[];
}

/** What makes the files of one kind of a plan, for the host that it was made for. */
export type FileMaker = (plan: Plan, state: HostState) => KeptFile[];

/** The files one below the other, each with its path as a comment above it. */
export function filesText(files: readonly KeptFile[]): string {
  if (files.length === 0) return "# nothing of this kind is needed\n";
  return files
    .map(({ path, about, lines }) => [`# ${path}`, ...(about ? [`# ${about}`] : []), ...lines, ""].join("\n"))
    .join("\n");
}

/** The file of sysctls, read at boot (sysctl.d(5)), and by udev when an interface comes. None where none are needed. */
export const sysctlFile: FileMaker = ({ steps }) => {
  const lines = steps.flatMap((step) =>
    step.kind === "sysctl" ? [`${sysctlName(step.parts)} = ${step.set}`] : [],
  );
  return lines.length === 0
    ? []
    : [{ path: "/etc/sysctl.d/90-realserver.conf", about: "at once: sysctl --system", lines }];
};

/** The kernel's module, where a plan has one. */
export const moduleFiles: FileMaker = ({ steps }) =>
  steps.flatMap((step) =>
    step.kind === "module" ? [{ path: `/etc/modules-load.d/${step.name}.conf`, lines: [step.name] }] : [],
  );

/** What no file can say. */
export const onlyRondo: FileMaker = ({ steps, wanted }) =>
  steps.some(({ kind }) => kind === "decapsulation")
    ? [
        {
          path: "/etc/systemd/system/",
          about: `packets are taken out of tunnels by Rondo: rondo realserver tun ${wanted.vip} --unit`,
          lines: [],
        },
      ]
    : [];
