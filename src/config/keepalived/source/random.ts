/**
 * The C library's random() with its default state of 31 numbers (glibc stdlib/random_r.c, TYPE_3: r[i] = r[i-3] +
 * r[i-31]), so that ${_RANDOM} with one seed gives what keepalived's gives.
 */
export function glibcRandom(seed: number): () => number {
  const state = new Int32Array(31);
  let word = (seed | 0) === 0 ? 1 : seed | 0;
  state[0] = word;
  for (let i = 1; i < 31; i++) {
    // 16807 × word mod (2³¹ − 1), without overflow (Schrage).
    word = 16807 * (word % 127773) - 2836 * Math.trunc(word / 127773);
    if (word < 0) word += 2147483647;
    state[i] = word;
  }
  let front = 3;
  let rear = 0;
  const next = () => {
    const sum = (state[front]! + state[rear]!) | 0;
    state[front] = sum;
    front = (front + 1) % 31;
    rear = (rear + 1) % 31;
    return sum >>> 1;
  };
  for (let i = 0; i < 310; i++) next();
  return next;
}
