"use strict";

/* While somebody writes, a number is looked for whose digest begins with enough zero bits (complaints/proofs.py): it
   tells a browser from a flood. Without it the complaint is taken in all the same. */
(() => {
  const field = document.querySelector("input[name=proof]");
  const key = document.querySelector("input[name=key]");
  if (!field || !key || !key.value) return;

  const ROUND = [];
  const START = [];
  for (let candidate = 2; ROUND.length < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) prime &&= candidate % divisor > 0;
    if (!prime) continue;
    if (START.length < 8) START.push(fraction(candidate ** 0.5));
    ROUND.push(fraction(candidate ** (1 / 3)));
  }

  function fraction(number) {
    return ((number - Math.floor(number)) * 4294967296) | 0;
  }

  const turned = (word, by) => (word >>> by) | (word << (32 - by));

  /* The first word of SHA-256 of a text that fits into one block of 55 letters; longer ones take several. */
  function firstWord(text) {
    const size = ((text.length + 8) >> 6) + 1;
    const words = new Int32Array(size * 16);
    for (let place = 0; place < text.length; place++) words[place >> 2] |= text.charCodeAt(place) << (24 - (place & 3) * 8);
    words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
    words[size * 16 - 1] = text.length * 8;
    const state = START.slice();
    const row = new Int32Array(64);
    for (let block = 0; block < size; block++) {
      row.set(words.subarray(block * 16, block * 16 + 16));
      for (let at = 16; at < 64; at++) {
        const near = row[at - 2];
        const far = row[at - 15];
        const one = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
        const two = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
        row[at] = row[at - 16] + one + row[at - 7] + two;
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let at = 0; at < 64; at++) {
        const upper = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[at] + row[at]) | 0;
        const lower = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + upper) | 0, c, b, a, (upper + lower) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((word, at) => (state[at] = (state[at] + word) | 0));
    }
    return state[0] >>> 0;
  }

  const most = 2 ** (32 - Number(field.dataset.bits));
  let number = 0;
  (function search() {
    const until = Date.now() + 12;
    while (Date.now() < until) {
      for (let some = 0; some < 50; some++, number++) {
        if (firstWord(`${field.dataset.prefix}${key.value}:${number}`) < most) {
          field.value = String(number);
          return;
        }
      }
    }
    setTimeout(search, 4);
  })();
})();
