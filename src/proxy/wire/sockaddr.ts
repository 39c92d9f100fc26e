import { IpAddress } from "../../wire/address.js";
import { noEndpoint } from "./endpoint.js";
import type { Endpoint } from "./wire.js";

const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** The endpoint in a struct sockaddr (sys/sockaddr.ts draws it). */
export function endpointOfAddress(bytes: Buffer, length: number): Endpoint {
  const family = length >= 2 ? bytes.readUInt16LE(0) : 0;
  if (family === 2)
    return {
      host: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`,
      port: ((bytes[2] as number) << 8) | (bytes[3] as number),
      family: 4,
    };
  if (family === 10) {
    const port = bytes.readUInt16BE(2);
    if (mapped.every((each, at) => bytes[8 + at] === each))
      return { host: `${bytes[20]}.${bytes[21]}.${bytes[22]}.${bytes[23]}`, port, family: 4 };
    return { host: IpAddress.fromBytes(Uint8Array.from(bytes.subarray(8, 24))).toString(), port, family: 6 };
  }
  if (family !== 1) return noEndpoint;
  const path = bytes.subarray(2, length);
  const end = path.indexOf(0, 1);
  const text = path.toString("latin1", 0, end < 0 ? path.length : end);
  return { host: text === "\0" ? "" : text, port: 0, family: 0 };
}
