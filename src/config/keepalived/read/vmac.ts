import { IpAddress } from "../../../wire/address.js";
import type { InstanceDraft } from "./instance-draft.js";
import type { Reader } from "./reading.js";

const nameFits = (name: string) =>
  name !== "" && name.length < 16 && name !== "." && name !== ".." && !/[/:\s]/.test(name);

/** use_vmac [NAME] [MAC]: five octets leave the last one to the virtual router id. */
export const readVmac: Reader<InstanceDraft> = (draft, statement, reading) => {
  const { findings } = reading;
  const vmac = (draft.vmac ??= { kind: "macvlan" });
  for (const word of statement.arguments.slice(0, 2)) {
    const wrong = (message: string) => findings.add(word.at, "invalid-value", message);
    if (word.text.includes(":")) {
      const octets = word.text.replace(/:$/, "").split(":");
      const bytes = octets.map((octet) =>
        /^[\da-f]{1,2}$/i.test(octet) ? Number.parseInt(octet, 16) : Number.NaN,
      );
      if (vmac.mac) wrong("VMAC interface address already specified");
      else if (bytes.some(Number.isNaN) || bytes.length < 5 || bytes.length > 6)
        wrong(`VMAC invalid MAC address ${word.text} - ignored`);
      else if (bytes[0]! & 1) wrong(`VMAC MAC address is multicast ${word.text} - ignoring`);
      else if (/^0?0:0?0:5e:0?0:0?[12]\b/i.test(word.text))
        wrong(`VMAC MAC address not allowed to be RFC5798 address (${word.text}) - ignoring`);
      else {
        vmac.macUsesId = bytes.length === 5;
        vmac.mac = Uint8Array.from([...bytes, 0].slice(0, 6));
      }
    } else if (vmac.name !== undefined) wrong("VMAC interface name already specified");
    else if (!nameFits(word.text))
      wrong(`VMAC interface name '${word.text}' too long or invalid characters - ignoring`);
    else if (reading.instances.some((other) => other.vmac?.name === word.text))
      wrong(`(${draft.name}) another VRRP instance is already using ${word.text} - ignoring name`);
    else vmac.name = word.text;
  }
};

/** use_ipvlan [NAME] [ADDRESS] [bridge|private|vepa]. */
export const readIpvlan: Reader<InstanceDraft> = (draft, statement, reading) => {
  const { findings } = reading;
  if (draft.vmac?.kind === "ipvlan") {
    findings.add(statement.word.at, "duplicate", `(${draft.name}) use_ipvlan already specified`);
    return;
  }
  const vmac = (draft.vmac = { ...draft.vmac, kind: "ipvlan" as const });
  for (const word of statement.arguments) {
    if (word.text === "bridge" || word.text === "private" || word.text === "vepa") continue;
    const address = IpAddress.parse(word.text.replace(/\/.*/s, ""));
    if (address) {
      draft.family ??= address.family;
      if (address.family !== draft.family)
        findings.add(
          word.at,
          "invalid-address",
          `(${draft.name}) ipvlan address[${word.text}] MUST match vrrp instance family !!! Skipping...`,
        );
      else {
        vmac.address ??= address;
        draft.sourceAddress ??= address;
      }
    } else if (!nameFits(word.text))
      findings.add(
        word.at,
        "invalid-value",
        `(${draft.name}) IPVLAN interface name '${word.text}' too long - ignoring`,
      );
    else vmac.name ??= word.text;
  }
};
