import { ScopeVariables, VariableSpace } from "../variables/index.js";
import type { Session } from "./session.js";

/** A stream's variables, made when they are asked for. */
export class StreamVariables {
  readonly #session: Session;
  #txnSpace: VariableSpace | undefined;
  #txn: ScopeVariables | undefined;
  #req: ScopeVariables | undefined;
  #res: ScopeVariables | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  get #space(): VariableSpace {
    return (this.#txnSpace ??= new VariableSpace(this.#tune.varsTxnMaxSize, this.#session.space));
  }

  get #tune() {
    return this.#session.streams.process.config.global.tune;
  }

  get txn(): ScopeVariables {
    return (this.#txn ??= new ScopeVariables(this.#space));
  }

  get req(): ScopeVariables {
    return (this.#req ??= this.#message());
  }

  get res(): ScopeVariables {
    return (this.#res ??= this.#message());
  }

  #message(): ScopeVariables {
    return new ScopeVariables(new VariableSpace(this.#tune.varsReqresMaxSize, this.#space));
  }

  /** The request is on its way: its own variables are gone. */
  requestOver(): void {
    this.#req?.clear();
  }

  clear(): void {
    this.#txn?.clear();
    this.#req?.clear();
    this.#res?.clear();
  }
}
