import { Found, unlikely } from "./control.js";
import { builder, FunctionBuilder, writing } from "./function-builder.js";
import { type Argument, argumentOf, callHelper32 } from "./helper.js";
import type { Temporary } from "./operation.js";
import type { Shape, Struct } from "./struct.js";
import type { FieldType, InProgram, StructLike } from "./types.js";
import { Be16, Be32, constant32, inRegister, swapBits, U32, U64 } from "./value.js";
import { type StructView, structView, View } from "./view.js";

/** A parameter: a number, or a pointer to a struct. */
export type Parameter = FieldType | Pointer<Shape>;
export interface Pointer<S extends Shape> {
  readonly pointsTo: Struct<S>;
}
/** A parameter or result that is a pointer to a struct. */
export const pointer = <S extends Shape>(struct: Struct<S>): Pointer<S> => ({ pointsTo: struct });
/** A parameter without a type of ours: the context of a program. */
export const context: FieldType<View, never> = {
  name: "context",
  size: 8,
  align: 8,
  form: { kind: "opaque" },
};

type ArgumentOf<P> = P extends Pointer<infer S> ? StructView<S> : InProgram<P>;
type Arguments<P extends readonly Parameter[]> = { [I in keyof P]: ArgumentOf<P[I]> };
type Result<R> = R extends Pointer<infer S> ? Found<S> : R extends FieldType ? InProgram<R> : undefined;

/** A function that a program calls: written once, however often it is called. */
export interface Subprogram {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** What it gives; a callback gives a number, and so does (0) what has no result. */
  readonly result: Parameter | undefined;
  /** Whether the kernel calls it (a timer, a loop): then its type information must say so. */
  readonly callback: boolean;
  /** Whether the verifier looks at it once, by itself, knowing nothing of who calls it. */
  readonly global: boolean;
  write(traced: boolean): WrittenFunction;
}

/** A function's operations and the temporaries in which its arguments come. */
export interface WrittenFunction {
  readonly name: string;
  readonly parameters: readonly Temporary[];
  readonly builder: FunctionBuilder;
  readonly subprogram: Subprogram | undefined;
}

/**
 * Declares a function of at most five parameters and gives what calls it. `body` gives the result, or nothing;
 * {@link give} returns early. It becomes part of each program that calls it.
 */
export function subprogram<const P extends readonly Parameter[], R extends Parameter | undefined = undefined>(
  name: string,
  parameters: P,
  result: R,
  body: (
    ...args: Arguments<P>
  ) => R extends Pointer<infer S>
    ? StructView<S> | undefined | void
    : R extends FieldType
      ? InProgram<R> | number | void
      : void,
): (...args: { [I in keyof P]: Argument }) => Result<R> {
  return caller(declare(name, parameters, result, "static", body as (...args: never[]) => unknown)) as never;
}

/**
 * The same for a function that the verifier walks once and by itself, however often it is called and whatever is known
 * where it is called: a large program then costs it the sum of its parts. What it takes are numbers, the program's context
 * and structs on the caller's stack, what it gives is a number.
 */
export function globalSubprogram<const P extends readonly Parameter[], R extends FieldType>(
  name: string,
  parameters: P,
  result: R,
  body: (...args: Arguments<P>) => InProgram<R> | number | void,
): (...args: { [I in keyof P]: Argument }) => InProgram<R> {
  return caller(declare(name, parameters, result, "global", body as (...args: never[]) => unknown)) as never;
}

/** What writes a call. */
function caller(declared: Subprogram): (...args: Argument[]) => unknown {
  const { parameters, result } = declared;
  return (...args) => {
    const to = builder().temporary();
    builder().add({
      kind: "call",
      target: { kind: "subprogram", subprogram: declared },
      arguments: args.map((argument, index) => argumentOf(fitting(parameters[index], argument))),
      to,
    });
    if (!result) return undefined;
    return "pointsTo" in result ? new Found(result.pointsTo, to) : wrap(result, to);
  };
}

/** Declares a function that the kernel calls: for {@link repeat} and for timers. */
export function callback<const P extends readonly Parameter[]>(
  name: string,
  parameters: P,
  body: (...args: Arguments<P>) => U32 | number | void,
): Subprogram {
  return declare(name, parameters, undefined, "callback", body as (...args: never[]) => unknown);
}

/** The address of a callback, as helpers take it. */
export function callbackAddress(target: Subprogram): Temporary {
  const to = builder().temporary();
  builder().add({ kind: "function", to, target });
  return to;
}

/** Calls `body` (its parameters: the turn's number, the context, a struct on the stack) so many times, up to 2^23, until it gives 1; how many there were. */
export function repeat(count: U32 | number, body: Subprogram, context: View): U32 {
  // The verifier takes out a callback that it never sees called, and then misses it.
  if ((typeof count === "number" ? BigInt(count) : count.source) === 0n) return constant32(0);
  return callHelper32("loop", count, callbackAddress(body), context, 0);
}

/** Returns from the function that is being written. */
export function give(value: U32 | U64 | View | number): void {
  returnValue(value);
}

function declare(
  name: string,
  parameters: readonly Parameter[],
  result: Parameter | undefined,
  kind: "static" | "global" | "callback",
  body: (...args: never[]) => unknown,
): Subprogram {
  if (parameters.length > 5) throw new RangeError(`${name}: a function takes at most five arguments`);
  const self: Subprogram = {
    name,
    parameters,
    result,
    callback: kind === "callback",
    global: kind === "global",
    write(traced) {
      const b = new FunctionBuilder(name, traced, result);
      const temporaries = parameters.map(() => b.temporary());
      writing(b, () => {
        const args = parameters.map((parameter, i) =>
          "pointsTo" in parameter
            ? structView(parameter.pointsTo, temporaries[i]!, 0)
            : wrap(parameter, kind === "global" ? cut(parameter, temporaries[i]!) : temporaries[i]!),
        );
        // What calls a global function may give it a pointer to nothing, for all that the verifier knows.
        if (kind === "global")
          for (const [i, parameter] of parameters.entries())
            if ("pointsTo" in parameter) unlikely((args[i] as View).isMissing, () => give(0));
        const value = body(...(args as never[]));
        if (b.reachable) returnValue((value ?? 0) as never);
      });
      return { name, parameters: temporaries, builder: b, subprogram: self };
    },
  };
  return self;
}

function returnValue(value: U32 | U64 | View | Be16 | Be32 | number): void {
  builder().exit(argumentOf(fitting(builder().result, value)));
}

/**
 * A value as its type wants it on both sides of a call: what has 32 bits or fewer comes with the upper half of its register
 * zero, what is in network order is swapped if it is given as a number.
 */
function fitting(type: Parameter | undefined, value: Argument): Argument {
  if (!type || "pointsTo" in type || type.form.kind !== "scalar" || type.form.bits === 64) return value;
  const { bits, networkOrder } = type.form;
  if (typeof value === "number" || typeof value === "bigint") {
    const cut = BigInt.asUintN(bits, BigInt(value));
    return networkOrder ? swapBits(cut, bits) : cut;
  }
  return value instanceof U64 ? value.low : value;
}

/** A number of at most 32 bits whose register the verifier knows nothing of: to it, too, the upper half is zero then. */
function cut(type: FieldType, value: Temporary): Temporary {
  return type.form.kind === "scalar" && type.form.bits < 64 ? inRegister(new U64(value).low.source) : value;
}

function wrap(type: FieldType, value: Temporary): unknown {
  const { form } = type;
  if (form.kind === "opaque") return new View(value, 0);
  if (form.kind === "struct") return structView(form.struct as StructLike as Struct<Shape>, value, 0);
  if (form.kind !== "scalar") throw new TypeError(`${type.name} is no parameter`);
  if (form.bits === 64) return new U64(value);
  if (!form.networkOrder) return new U32(value);
  return form.bits === 16 ? new Be16(value) : new Be32(value);
}
