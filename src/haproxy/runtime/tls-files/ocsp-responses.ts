import type { CommandAnswer, OcspResponses } from "../../run/index.js";
import {
  certificateIdText,
  ocspFault,
  ocspOfBase64,
  ocspResponseText,
  parseOcspResponse,
} from "../../x509/ocsp-response.js";
import { pemParts, withOcspResponse } from "../../x509/pem-parts.js";
import type { TlsMaterial } from "./material.js";

const bad = (text: string): CommandAnswer => ({ ok: false, text });

/** The OCSP responses of the certificates in use. One for a certificate that stands in several files is the same in all of them. */
export class OcspStore implements OcspResponses {
  readonly #material: TlsMaterial;

  constructor(material: TlsMaterial) {
    this.#material = material;
  }

  list(): string {
    const shown = [...this.#byKey()].map(([key, { der }]) => {
      const single = parseOcspResponse(der)?.basic?.singles[0];
      return `Certificate ID key : ${key}\n${single === undefined ? "" : certificateIdText(single)}`;
    });
    return `# Certificate IDs\n${shown.join("")}`;
  }

  show(key: string): string | undefined {
    const found = this.#byKey().get(key.toLowerCase());
    return found && ocspResponseText(found.der);
  }

  set(base64: string): CommandAnswer {
    const der = ocspOfBase64(base64);
    if (der === undefined) return bad("'set ssl ocsp-response' received invalid base64 encoded response.\n");
    const fault = ocspFault(der);
    if (fault !== undefined) return bad(`${fault}.\n`);
    const key = parseOcspResponse(der)?.basic?.singles[0]?.key ?? "";
    const found = this.#byKey().get(key);
    if (found === undefined)
      return bad("OCSP single response: Certificate ID does not match any certificate or issuer.\n");
    const changes = found.files.map(
      (file) => [file, withOcspResponse(this.#material.read(file) ?? "", der)] as const,
    );
    try {
      this.#material.replace(new Map(changes));
    } catch (error) {
      return bad(`${error instanceof Error ? error.message : String(error)}\n`);
    }
    return { ok: true, text: "OCSP Response updated!" };
  }

  #byKey(): Map<string, { readonly der: Buffer; readonly files: string[] }> {
    const found = new Map<string, { readonly der: Buffer; readonly files: string[] }>();
    for (const file of this.#material.used("cert").keys()) {
      const { ocspResponse: der } = pemParts(this.#material.read(file) ?? "");
      const key = der && parseOcspResponse(der)?.basic?.singles[0]?.key;
      if (der === undefined || key === undefined) continue;
      const same = found.get(key);
      if (same === undefined) found.set(key, { der, files: [file] });
      else same.files.push(file);
    }
    return found;
  }
}
