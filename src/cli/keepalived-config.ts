import {
  type Diagnostic,
  formatDiagnostic,
  type KeepalivedConfig,
  readSources,
  type Sources,
  testConfigs,
} from "../config/keepalived/index.js";
import type { ReadConfig } from "../daemon/keepalived/index.js";
import type { KeepalivedSettings } from "./keepalived-settings.js";
import { hostInterfaces } from "./keepalived-test.js";

/** A configuration, what `-t` of the real one would end with, and whether a file isn't there or can't be read. */
export type ReadWithStatus = ReadConfig & { readonly exitStatus: number; readonly isUnreadable: boolean };

/**
 * Reads the configuration that the command line names, and says what is wrong with it.
 * @param namespace the network namespace that this process is in, if it isn't the one that it was started in.
 */
export function readConfiguration(
  { file, configId, namespace: wanted }: Pick<KeepalivedSettings, "file" | "configId" | "namespace">,
  namespace?: string,
): ReadWithStatus {
  const options = configId === undefined ? {} : { configId };
  const here = () => testConfigs([file], { ...options, world: hostInterfaces() ?? {} });
  const blind = () => testConfigs([file], { ...options, world: noInterfaces });
  let test = wanted === undefined || wanted === namespace ? here() : blind();
  // Interfaces are looked at where they will be used: only the file may tell that this is elsewhere.
  if (wanted === undefined && test.results[0]!.config.global.netNamespace !== namespace) test = blind();
  const { config, sources } = test.results[0]!;
  const told = (severity: Diagnostic["severity"]) =>
    test.diagnostics.filter((one) => one.severity === severity).map(formatDiagnostic);
  return {
    config,
    sources,
    errors: told("error"),
    warnings: told("warning"),
    exitStatus: test.exitStatus || 5,
    isUnreadable: test.diagnostics.some(({ refused }) => refused === "unreadable"),
  };
}

const noInterfaces = { interface: () => undefined };

/** The configuration that another process has read. */
export const configOf = (sources: unknown): KeepalivedConfig => readSources(sources as Sources).config;
