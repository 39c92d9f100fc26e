import {
  type Diagnostic,
  formatDiagnostic,
  type KeepalivedConfig,
  type Refusal,
  readConfig,
  readSources,
  type Sources,
} from "../config/keepalived/index.js";
import type { ReadConfig } from "../daemon/keepalived/index.js";
import type { KeepalivedSettings } from "./keepalived-settings.js";

/** The real one's exit statuses of -t, the worst first. */
const statuses: readonly (readonly [Refusal, number])[] = [
  ["missing-parameter", 2],
  ["unreadable", 6],
  ["fatal", 4],
  ["error", 5],
  ["security", 6],
];

/** A configuration, what `-t` of the real one would end with, and whether a file isn't there or can't be read. */
export type ReadWithStatus = ReadConfig & { readonly exitStatus: number; readonly isUnreadable: boolean };

/** Reads the configuration that the command line names. */
export function readConfiguration({
  file,
  configId,
}: Pick<KeepalivedSettings, "file" | "configId">): ReadWithStatus {
  const { config, diagnostics, sources } = readConfig(file, configId === undefined ? {} : { configId });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return {
    config,
    sources,
    errors: errors.map(formatDiagnostic),
    warnings: diagnostics.filter(({ severity }) => severity === "warning").map(formatDiagnostic),
    exitStatus: statusOf(diagnostics),
    isUnreadable: errors.some(({ refused }) => refused === "unreadable"),
  };
}

const statusOf = (diagnostics: readonly Diagnostic[]): number =>
  statuses.find(([refusal]) => diagnostics.some(({ refused }) => refused === refusal))?.[1] ?? 5;

/** The configuration that another process has read. */
export const configOf = (sources: unknown): KeepalivedConfig => readSources(sources as Sources).config;
