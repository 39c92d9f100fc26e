import { realpathSync, statSync, writeFileSync } from "node:fs";
import {
  type Diagnostic,
  formatDiagnostic,
  type InterfaceAnswer,
  type MendedFile,
  type TestResult,
  testConfigs,
  type World,
} from "../config/keepalived/index.js";
import { type Link, openNetwork } from "../netlink/index.js";
import { replaceFile } from "../sys/index.js";
import { ourProtocol } from "../vrrp/index.js";
import type { Output } from "./ipvsadm-io.js";

/** What `rondo keepalived -t` was asked for. */
export interface ConfigTest {
  /** The files, one for each router; /etc/keepalived/keepalived.conf if there are none. */
  readonly files: readonly string[];
  /** -i: what "@NAME" lines are compared with. */
  readonly configId?: string;
  readonly json?: boolean;
  /** Writes the mended files in their place. */
  readonly fix?: boolean;
  /** A file for what was found, instead of standard error. */
  readonly log?: string;
  /** Instead of this host: for tests. */
  readonly world?: Partial<World>;
}

/** Tests keepalived.conf files, tells what was found, and gives the exit status that keepalived's -t has. */
export function testConfig(
  test: ConfigTest,
  io: { readonly stdout: Output; readonly stderr: Output },
): TestResult["exitStatus"] {
  const files = test.files.length > 0 ? test.files : ["/etc/keepalived/keepalived.conf"];
  const world = { ...hostInterfaces(), ...test.world };
  const options = { world, ...(test.configId === undefined ? {} : { configId: test.configId }) };
  const result = testConfigs(files, { ...options, fix: test.fix ?? false });
  for (const file of result.mended) rewrite(file);
  const { diagnostics, exitStatus } = result;
  if (test.json) {
    const mended = result.mended.map((file) => file.path);
    io.stdout.write(`${JSON.stringify({ files, exitStatus, mended, diagnostics }, null, 2)}\n`);
    return exitStatus;
  }
  for (const file of result.mended) io.stdout.write(`${file.path}: mended\n`);
  const found = diagnostics.map((one) => `${formatDiagnostic(one)}\n`).join("");
  if (test.log === undefined) io.stderr.write(found);
  else writeFileSync(test.log, found, { mode: 0o600 });
  io.stdout.write(`${summary(diagnostics, files)}\n`);
  return exitStatus;
}

/** Writes a mended file whole or not at all, as whose and with what rights it was; of a link, what it leads to. */
function rewrite({ path, text, encoding }: MendedFile): void {
  const real = realpathSync(path);
  const { mode, uid, gid } = statSync(real);
  replaceFile(real, Buffer.from(text, encoding), { mode: mode & 0o7777, owner: { uid, gid } });
}

function summary(diagnostics: readonly Diagnostic[], files: readonly string[]): string {
  const what = files.length === 1 ? files[0]! : `${files.length} files`;
  const count = (severity: Diagnostic["severity"], word: string) => {
    const number = diagnostics.filter((one) => one.severity === severity).length;
    return number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`];
  };
  const parts = [...count("error", "error"), ...count("warning", "warning"), ...count("note", "note")];
  const mendable = diagnostics.filter((one) => one.fix).length;
  const cure = mendable === 0 ? "" : `; --fix mends ${mendable}`;
  return `${what}: ${parts.length === 0 ? "nothing wrong" : parts.join(", ")}${cure}`;
}

/** The interfaces of this network namespace; where they can't be listed nothing is said of them. */
export function hostInterfaces(): Pick<World, "interface"> | undefined {
  try {
    const network = openNetwork();
    try {
      const links = network.links.list();
      const addresses = network.addresses.list();
      const facts = (link: Link): InterfaceAnswer => ({
        loopback: link.loopback,
        multicast: !link.loopback,
        ethernet: link.hardwareType === 1,
        mtu: link.mtu,
        addresses: addresses
          // A VIP that keepalived has put there isn't the host's own (the kernel keeps whose it is since Linux 5.18).
          .filter((one) => one.link === link.index && one.protocol !== ourProtocol)
          .map((one) => `${one.address}/${one.prefixLength}`),
      });
      const byName = new Map(links.map((link) => [link.name, facts(link)]));
      return { interface: (name) => byName.get(name) ?? null };
    } finally {
      network.close();
    }
  } catch {
    return undefined;
  }
}
