import type { SslSettings } from "../model/index.js";
import { word } from "./readers.js";
import type { Draft, Readers } from "./reading.js";

/** What each keyword of SSL does. */
export const sslReaders: Readers<Draft<SslSettings>> = {
  password: word((d, v) => void (d.password = v)),
  ca: word((d, v) => void (d.ca = v)),
  certificate: word((d, v) => void (d.certificate = v)),
  key: word((d, v) => void (d.key = v)),
};
