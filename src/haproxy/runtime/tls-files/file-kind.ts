import type { CertificateKind, CommandAnswer } from "../../run/index.js";
import { ocspFault, ocspResponseText } from "../../x509/ocsp-response.js";
import { pemParts } from "../../x509/pem-parts.js";
import { revocationListText } from "../../x509/revocation-list.js";
import { type Part, partOf, responseKey, withPart } from "./certificate-parts.js";
import { certificateText, fileText } from "./certificate-text.js";
import type { TlsFileKind, TlsMaterial } from "./material.js";
import {
  certificatesAreSound,
  certificatesIn,
  pairFault,
  revocationListsAreSound,
  revocationListsIn,
} from "./pem-blocks.js";

/** How HAProxy speaks of a kind of file. */
interface Words {
  readonly title: string; // "CA file"
  readonly short: string; // "certificate", "CA"
  readonly created: (name: string) => string;
  readonly began: string; // "Transaction", "transaction"
  readonly unknown: string;
}

const words: Readonly<Record<Exclude<TlsFileKind, "crt-list">, Words>> = {
  cert: {
    title: "certificate",
    short: "certificate",
    created: (name) => `New empty certificate store '${name}'!\n`,
    began: "Transaction",
    unknown: "Can't replace a certificate which is not referenced by the configuration!\n",
  },
  "ca-file": {
    title: "CA file",
    short: "CA",
    created: (name) => `New CA file created '${name}'!\n`,
    began: "transaction",
    unknown: "Can't replace a CA file which is not referenced by the configuration!\n",
  },
  "crl-file": {
    title: "CRL file",
    short: "CRL",
    created: (name) => `New CRL file created '${name}'!\n`,
    began: "transaction",
    unknown: "Can't replace a CRL file which is not referenced by the configuration!\n",
  },
};

const good = (text: string): CommandAnswer => ({ ok: true, text });
const bad = (text: string): CommandAnswer => ({ ok: false, text });

/** Certificates, authorities or revocation lists that the runtime socket shows and changes. A change is a transaction: set, then commit or abort. */
export class TlsFileKindStore implements CertificateKind {
  readonly #kind: Exclude<TlsFileKind, "crt-list">;
  readonly #words: Words;
  readonly #material: TlsMaterial;
  /** Made by `new`, and not named by anything yet. */
  readonly #own = new Map<string, string>();
  #open: { readonly name: string; text: string } | undefined;

  constructor(kind: Exclude<TlsFileKind, "crt-list">, material: TlsMaterial) {
    this.#kind = kind;
    this.#words = words[kind];
    this.#material = material;
  }

  names(): readonly string[] {
    const names = new Set([...this.#material.used(this.#kind).keys(), ...this.#own.keys()]);
    return [...names].sort().map((name) => this.#listed(name));
  }

  get transaction(): string | undefined {
    return this.#open === undefined ? undefined : this.#listed(this.#open.name, this.#open.text);
  }

  show(name: string, detail?: string): string | undefined {
    const open = name.startsWith("*") && this.#open?.name === name.slice(1) ? this.#open : undefined;
    const text = open?.text ?? this.#text(name);
    if (text === undefined)
      return this.#kind === "cert" && name.endsWith(".ocsp") ? this.#showOcsp(name.slice(0, -5)) : undefined;
    const users = this.#material.used(this.#kind).get(name.replace(/^\*/, "")) ?? 0;
    const status = text === "" ? "Empty" : users > 0 && open === undefined ? "Used" : "Unused";
    return `Filename: ${name}\nStatus: ${status}\n${this.#detail(text, detail)}`;
  }

  /** "FILE.ocsp", or "*FILE.ocsp" of what the transaction has. */
  #showOcsp(name: string): string | undefined {
    const text = name.startsWith("*")
      ? this.#open?.name === name.slice(1)
        ? this.#open.text
        : undefined
      : this.#text(this.#known(name) ?? name);
    if (text === undefined) return undefined;
    const { ocspResponse } = pemParts(text);
    return ocspResponse === undefined ? "" : ocspResponseText(ocspResponse);
  }

  create(name: string): CommandAnswer {
    if (this.#text(name) !== undefined)
      return bad(`${capital(this.#words.title)} '${name}' already exists!\n`);
    this.#own.set(name, "");
    return good(this.#words.created(name));
  }

  set(name: string, payload: string): CommandAnswer {
    const refused = (why: string) => bad(`${why}Can't update ${name}!\n`);
    const { file, part } = this.#target(name);
    if (this.#open !== undefined && this.#open.name !== file)
      return refused(
        `The ongoing transaction is about '${this.#open.name}' but you are trying to set '${name}'\n`,
      );
    const text = this.#open?.text ?? this.#text(file);
    if (text === undefined) return refused(this.#words.unknown);
    const next = this.#kind === "cert" ? withPart(text, part, payload) : payload;
    if (typeof next === "object") return refused(next.fault);
    if (part === "certificate" && !this.#isReadable(next))
      return refused(this.#kind === "cert" ? "Can't load the payload\n" : "Invalid payload\n");
    const began = this.#open === undefined;
    this.#open = { name: file, text: next };
    return good(`${this.#words.began} ${began ? "created" : "updated"} for ${this.#words.short} ${file}!\n`);
  }

  commit(name: string): CommandAnswer {
    const refused = (why: string) => bad(`${why}Can't commit ${name}!\n`);
    const open = this.#open;
    if (open === undefined) return refused("No ongoing transaction! !\n");
    if (open.name !== name)
      return refused(`The ongoing transaction is about '${open.name}' but you are trying to set '${name}'\n`);
    const fault = this.#kind === "cert" ? (pairFault(open.text, name) ?? ocspFaultOf(open.text)) : undefined;
    if (fault !== undefined) return refused(`${fault}\n`);
    const users = this.#material.used(this.#kind).get(name) ?? 0;
    const progress = `Committing ${name}${".".repeat(users)}\n`;
    try {
      this.#material.replace(new Map([[name, open.text]]));
    } catch (error) {
      return bad(`${progress}${error instanceof Error ? error.message : String(error)}\nFailed!\n`);
    }
    if (this.#own.has(name)) this.#own.set(name, open.text);
    this.#open = undefined;
    return good(`${progress}Success!\n`);
  }

  abort(name: string): CommandAnswer {
    if (this.#open === undefined) return bad("No ongoing transaction!\n");
    if (this.#open.name !== name)
      return bad(
        `The ongoing transaction is about '${this.#open.name}' but you are trying to abort a transaction for '${name}'\n`,
      );
    this.#open = undefined;
    return good(`Transaction aborted for certificate '${name}'!\n`);
  }

  remove(name: string): CommandAnswer {
    const { title } = this.#words;
    const refused = (why: string) => bad(`Can't remove the ${title}: ${why}\n`);
    if (this.#text(name) === undefined) return refused(`${title} '${name}' doesn't exist!\n`);
    if ((this.#material.used(this.#kind).get(name) ?? 0) > 0 || !this.#own.delete(name))
      return refused(`${title} '${name}' in use, can't be deleted!\n`);
    this.#material.forget?.(name);
    return good(`${capital(title)} '${name}' deleted!\n`);
  }

  #text(name: string): string | undefined {
    return (
      this.#own.get(name) ??
      (this.#material.used(this.#kind).has(name) ? this.#material.read(name) : undefined)
    );
  }

  /** Which certificate, and what of it, a name stands for: "FILE.key" is the key of FILE, or of FILE.crt (ssl-load-extra-del-ext). */
  #target(name: string): { file: string; part: Part } {
    const whole = { file: name, part: "certificate" as Part };
    if (this.#kind !== "cert" || this.#isKnown(name)) return whole;
    const found = partOf(name);
    if (found === undefined) return whole;
    return { file: this.#known(found.base) ?? found.base, part: found.part };
  }

  #isKnown(name: string): boolean {
    return this.#open?.name === name || this.#text(name) !== undefined;
  }

  #known(base: string): string | undefined {
    if (this.#isKnown(base)) return base;
    const other = `${base}.crt`;
    return this.#material.withoutExtension && this.#isKnown(other) ? other : undefined;
  }

  #isReadable(text: string): boolean {
    if (this.#kind === "crl-file") return revocationListsAreSound(text);
    return certificatesIn(text).length > 0 && certificatesAreSound(text);
  }

  #listed(name: string, text = this.#text(name) ?? ""): string {
    return this.#kind === "ca-file" ? `${name} - ${certificatesIn(text).length} certificate(s)` : name;
  }

  #detail(text: string, detail: string | undefined): string {
    if (this.#kind === "cert") {
      const key = responseKey(text);
      return fileText(text) + (key === undefined ? "" : `OCSP Response Key: ${key}\n`);
    }
    if (this.#kind === "crl-file")
      return revocationListsIn(text)
        .map((pem, at) => ` \nCertificate Revocation List #${at + 1}:\n${revocationListText(pem)}`)
        .filter((_, at) => detail === undefined || at === Number(detail) - 1)
        .join("");
    return certificatesIn(text)
      .map((pem, at) => ` \nCertificate #${at + 1}:\n${certificateText(pem)}`)
      .filter((_, at) => detail === undefined || at === Number(detail) - 1)
      .join("");
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const ocspFaultOf = (text: string): string | undefined => {
  const { ocspResponse } = pemParts(text);
  return ocspResponse === undefined ? undefined : ocspFault(ocspResponse);
};
