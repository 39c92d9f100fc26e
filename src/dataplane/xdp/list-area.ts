import { IpvsError } from "../../ipvs/errors.js";
import { listBase, listHead, Use } from "./layout.js";
import type { DirectorState } from "./state.js";

const areas = new WeakMap<DirectorState, ListArea>();

/**
 * The memory in which server lists stand. Where there is room is known from the lists that services have, and from
 * nothing else: so nothing is lost when a process is killed. It is read once and then kept up to date, as long as
 * nobody else has changed a list meanwhile.
 */
export class ListArea {
  /** All words. */
  readonly words: Uint32Array;
  readonly #state: DirectorState;
  /** Where lists begin, in order. */
  #starts: number[] = [];
  /** The count of changes up to which `starts` holds. */
  #known = -1;

  private constructor(state: DirectorState) {
    this.#state = state;
    this.words = new Uint32Array(state.lists.buffer, state.lists.byteOffset, state.lists.byteLength / 4);
  }

  static of(state: DirectorState): ListArea {
    const known = areas.get(state);
    if (known) return known;
    const area = new ListArea(state);
    areas.set(state, area);
    return area;
  }

  /**
   * Finds room for a list of so many words, behind the one that was written last: the place of an old one is used again
   * only after all the others have been. It is taken when a service names it.
   * @throws IpvsError "memory"
   */
  find(words: number): number {
    this.#learn();
    const starts = this.#starts;
    const from = Math.max(this.#state.settings.listCursor, listBase.length);
    for (const begin of [from, listBase.length]) {
      let at = begin;
      let next = placeIn(starts, at);
      if (next > 0) at = Math.max(at, this.#end(starts[next - 1]!));
      for (; next < starts.length && starts[next]! < at + words; next++) at = this.#end(starts[next]!);
      if (at + words > this.words.length) continue;
      this.#state.settings.listCursor = at + words;
      return at;
    }
    throw new IpvsError("memory");
  }

  /** Says that a list is about to be taken, or left: others who know the area have to look anew. */
  announce(): void {
    this.#learn();
    const next = (this.words[listBase.changes]! + 1) >>> 0;
    this.#state.lists.setUint32(4 * listBase.changes, next, true);
    this.#known = next;
  }

  /** A service names this list now. */
  taken(list: number): void {
    this.#starts.splice(placeIn(this.#starts, list), 0, list);
  }

  /** No service names this list any more. */
  left(list: number): void {
    const place = placeIn(this.#starts, list);
    if (this.#starts[place] === list) this.#starts.splice(place, 1);
  }

  #learn(): void {
    const changes = this.words[listBase.changes]!;
    if (this.#known === changes) return;
    const starts: number[] = [];
    for (let i = 0; i < this.#state.settings.servicesUsed; i++) {
      const { use, list } = this.#state.services.at(i);
      if (use === Use.live && list > 0) starts.push(list);
    }
    this.#starts = starts.sort((a, b) => a - b);
    this.#known = changes;
  }

  #end(list: number): number {
    return list + this.words[list + listHead.size]!;
  }
}

/** How many of some ordered numbers are below a number. */
function placeIn(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
