import { certificateId, ocspOfBase64, parseOcspResponse } from "../../x509/ocsp-response.js";
import { pemParts, withIssuer, withKey, withOcspResponse } from "../../x509/pem-parts.js";
import { keysIn } from "./pem-blocks.js";

/** What of a certificate `set ssl cert` changes, by the end of the name that it is given. */
export type Part = "certificate" | "key" | "ocsp" | "issuer" | "sctl";

const ends: Readonly<Record<string, Part>> = {
  crt: "certificate",
  key: "key",
  ocsp: "ocsp",
  issuer: "issuer",
  sctl: "sctl",
};

export function partOf(name: string): { readonly base: string; readonly part: Part } | undefined {
  const found = /^(.+)\.([a-z]+)$/.exec(name);
  const part = ends[found?.[2] ?? ""];
  return part === undefined ? undefined : { base: found?.[1] ?? "", part };
}

/** A certificate's text with one part changed. What is put in the place of the certificate itself takes all other parts away. */
export function withPart(text: string, part: Part, payload: string): string | { readonly fault: string } {
  switch (part) {
    case "certificate":
      return payload;
    case "key": {
      const [key] = keysIn(payload);
      return key === undefined ? { fault: "Can't load the payload\n" } : withKey(text, `${key}\n`);
    }
    case "ocsp": {
      const der = ocspOfBase64(payload);
      return der === undefined
        ? { fault: "Error reading OCSP response in base64 formatCan't load the payload\n" }
        : withOcspResponse(text, der);
    }
    case "issuer":
      return pemParts(payload).certificates.length === 0
        ? { fault: "Can't load the payload\n" }
        : withIssuer(text, payload);
    case "sctl":
      return {
        fault:
          "Signed certificate timestamps can't be sent: Node has no means for them.\nCan't load the payload\n",
      };
  }
}

/** The key of the OCSP response that goes with a certificate; undefined: it has none, and nothing to make it of. */
export function responseKey(text: string): string | undefined {
  const { certificates, issuer, ocspResponse } = pemParts(text);
  const own = ocspResponse && parseOcspResponse(ocspResponse)?.basic?.singles[0]?.key;
  if (own !== undefined) return own;
  const [first, ...chain] = certificates;
  if (first === undefined) return undefined;
  for (const each of issuer === undefined ? chain : [issuer]) {
    const key = certificateId(first, each);
    if (key !== undefined) return key;
  }
  return undefined;
}
