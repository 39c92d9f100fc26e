import { createRequire } from "node:module";
import type { KoffiFunc } from "koffi";

type Koffi = typeof import("koffi").default;
// biome-ignore lint/suspicious/noExplicitAny: as koffi has it; nothing but the prototype says what it takes
type Foreign = KoffiFunc<(...values: any[]) => any>;

let koffi: Koffi | undefined;

/** The library that calls C functions, loaded when it is first needed: parts that do without run where it can't be. */
export function foreign(): Koffi {
  koffi ??= createRequire(import.meta.url)("koffi") as Koffi;
  return koffi;
}

/** Whether Linux's C library can be called here at all. */
export function callsLinux(): boolean {
  if (process.platform !== "linux") return false;
  try {
    foreign().load(null);
    return true;
  } catch {
    return false;
  }
}

/** Functions of the C library by their prototypes; each is looked up when it is first used. */
export function declared<Name extends string>(
  prototypes: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Foreign>> {
  const functions = {} as Record<Name, Foreign>;
  for (const name of Object.keys(prototypes) as Name[])
    Object.defineProperty(functions, name, {
      configurable: true,
      enumerable: true,
      get() {
        const value = foreign().load(null).func(prototypes[name]);
        Object.defineProperty(functions, name, { value, enumerable: true });
        return value;
      },
    });
  return functions;
}
