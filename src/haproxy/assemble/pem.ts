import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { RondoError } from "../../errors.js";
import type { KeyPair } from "../../proxy/index.js";
import { type PemParts, pemParts, withIssuer, withKey, withOcspResponse } from "../x509/pem-parts.js";

/** `ssl-load-extra-files` and `ssl-load-extra-del-ext`: what is looked for beside a certificate's file. */
export interface ExtraFiles {
  readonly bundle: boolean;
  readonly key: boolean;
  readonly ocsp: boolean;
  readonly issuer: boolean;
  /** "site.key" beside "site.crt", instead of "site.crt.key". */
  readonly withoutExtension: boolean;
}

/** Without a word: all of them. */
export function extraFiles(words: readonly string[], withoutExtension: boolean): ExtraFiles {
  const said = (word: string) => words.length === 0 || words.includes("all") || words.includes(word);
  return {
    bundle: said("bundle"),
    key: said("key"),
    ocsp: said("ocsp"),
    issuer: said("issuer"),
    withoutExtension,
  };
}

/** A certificate with what belongs to it, of one file or a bundle. */
export interface LoadedCertificate {
  readonly path: string;
  /** Its names for the runtime socket: of a bundle each file is one of its own. */
  readonly files: readonly string[];
  readonly pairs: readonly KeyPair[];
  readonly dhParameters: string | undefined;
  /** Of the first file. */
  readonly ocspResponse: Buffer | undefined;
}

const bundleEnds = [".rsa", ".dsa", ".ecdsa"];
const companions = [".key", ".issuer", ".ocsp", ".sctl"];

/**
 * What was read stays: certificates can be made anew where the files can't be reached any more (chroot, privileges), and the runtime socket puts
 * other texts in their place.
 */
const texts = new Map<string, string>();
/** Certificates whose text has all that belongs to them: their key, too, where that stands in a file of its own. */
const whole = new Set<string>();
const layouts = new Map<string, readonly { readonly stem: string; readonly files: readonly string[] }[]>();

/** A file's text from now on; undefined: what is on the disk. */
export function setText(path: string, text: string | undefined): void {
  whole.delete(path);
  if (text === undefined) texts.delete(path);
  else {
    texts.set(path, text);
    whole.add(path);
  }
}

export const knownText = (path: string): string | undefined => texts.get(path);

/**
 * The certificates that a `crt` names: a file with its key in it or in FILE.key beside it, a bundle (FILE.rsa, FILE.ecdsa), or a folder of such files.
 * @throws RondoError "certificate" in HAProxy's words
 */
export function loadCertificates(path: string, extra: ExtraFiles): LoadedCertificate[] {
  let layout = layouts.get(path);
  if (layout === undefined) {
    layout = layoutOf(path, extra);
    layouts.set(path, layout);
  }
  return layout.map(({ stem, files }) => certificateOf(stem, files, extra));
}

function layoutOf(path: string, extra: ExtraFiles): { stem: string; files: readonly string[] }[] {
  if (texts.has(path)) return [{ stem: path, files: [path] }];
  if (existsSync(path) && statSync(path).isDirectory()) {
    const names = readdirSync(path)
      .filter((name) => !name.startsWith(".") && !companions.some((end) => name.endsWith(end)))
      .filter((name) => statSync(join(path, name)).isFile())
      .sort();
    const loaded = new Map<string, string[]>();
    for (const name of names) {
      const end = extra.bundle ? bundleEnds.find((each) => name.endsWith(each)) : undefined;
      const stem = join(path, end === undefined ? name : name.slice(0, -end.length));
      loaded.set(stem, [...(loaded.get(stem) ?? []), join(path, name)]);
    }
    return [...loaded].map(([stem, files]) => ({ stem, files }));
  }
  if (existsSync(path)) return [{ stem: path, files: [path] }];
  const bundle = (extra.bundle ? bundleEnds : [])
    .map((end) => `${path}${end}`)
    .filter((each) => existsSync(each));
  if (bundle.length === 0)
    throw new RondoError(
      "certificate",
      `unable to stat SSL certificate from file '${path}' : No such file or directory.`,
    );
  return [{ stem: path, files: bundle }];
}

function certificateOf(path: string, files: readonly string[], extra: ExtraFiles): LoadedCertificate {
  const parts = files.map((file) => pemParts(readCertificate(file, extra)));
  return {
    path,
    files,
    pairs: parts.map((each, at) => pairOf(files[at] as string, each)),
    dhParameters: parts.find((each) => each.dhParameters !== undefined)?.dhParameters,
    ocspResponse: parts[0]?.ocspResponse,
  };
}

/** A certificate's text with what stands in files beside it (ssl_sock_load_files_into_ckch). */
function readCertificate(file: string, extra: ExtraFiles): string {
  let text = readText(file);
  if (whole.has(file)) return text;
  const stem = extra.withoutExtension ? file.replace(/\.crt$/, "") : file;
  if (pemParts(text).key === undefined && !extra.key)
    throw new RondoError("certificate", `No Private Key found in '${stem}'.`);
  if (existsSync(`${stem}.key`))
    text = withKey(text, pemParts(fromDisk(`${stem}.key`).toString("latin1")).key);
  if (extra.ocsp && existsSync(`${stem}.ocsp`)) {
    text = withOcspResponse(text, fromDisk(`${stem}.ocsp`));
    if (extra.issuer && existsSync(`${stem}.issuer`))
      text = withIssuer(text, fromDisk(`${stem}.issuer`).toString("latin1"));
  }
  setText(file, text);
  return text;
}

/** @throws RondoError "certificate" */
function pairOf(file: string, parts: PemParts): KeyPair {
  if (parts.certificates.length === 0)
    throw new RondoError("certificate", `unable to load certificate from file '${file}': no start line.`);
  if (parts.key === undefined) throw new RondoError("certificate", `No Private Key found in '${file}'.`);
  return { cert: parts.certificates.join(""), key: parts.key };
}

/** @throws RondoError "certificate" */
export function readText(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = fromDisk(path).toString("latin1");
  texts.set(path, text);
  return text;
}

function fromDisk(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RondoError("certificate", `unable to read '${path}': ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Authorities of a `ca-file`: a file, or all certificates of a folder. */
function loadAuthorities(path: string): string {
  if (texts.has(path) || !existsSync(path) || !statSync(path).isDirectory()) return readText(path);
  return readdirSync(path)
    .filter((name) => /\.(pem|crt|cer|0)$/.test(name))
    .map((name) => readText(join(path, name)))
    .join("\n");
}

/** The name that stands for the authorities that come with Node. */
export const systemAuthorities = "@system-ca";

/** All that a peer's certificate may be verified by: those of ca-file, whose names clients are told, and of ca-verify-file. */
export function authorities(...paths: readonly (string | undefined)[]): string | undefined {
  const texts = [...new Set(paths)].flatMap((path) =>
    path === undefined
      ? []
      : [path === systemAuthorities ? rootCertificates.join("\n") : loadAuthorities(path)],
  );
  return texts.length === 0 ? undefined : texts.join("\n");
}
