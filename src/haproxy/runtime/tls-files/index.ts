import type { CertificateStore } from "../../run/index.js";
import { CrtListStore } from "./crt-list-kind.js";
import { TlsFileKindStore } from "./file-kind.js";
import type { TlsMaterial } from "./material.js";
import { OcspStore } from "./ocsp-responses.js";

export type { TlsFileKind, TlsMaterial } from "./material.js";

/** What `RuntimeHost.certificates` is, over the files that the process made its TLS of. */
export function certificateStore(material: TlsMaterial): CertificateStore {
  const cert = new TlsFileKindStore("cert", material);
  return {
    kinds: {
      cert,
      "ca-file": new TlsFileKindStore("ca-file", material),
      "crl-file": new TlsFileKindStore("crl-file", material),
      "crt-list": new CrtListStore(material, (name) => cert.show(name) !== undefined),
    },
    ocsp: new OcspStore(material),
  };
}
