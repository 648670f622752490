// SPDX-License-Identifier: Apache-2.0
// Measures of how far two tensors are apart.

/** Infinite unless both are finite. */
function distance(a, b) {
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Infinity;
}

/** Largest absolute difference over the largest magnitude of `expected`; infinite if a number is none or not finite. */
export function relativeError(actual, expected) {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; ++i) {
    difference = Math.max(difference, distance(actual[i], expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return Number.isFinite(difference) && largest > 0 ? difference / largest : difference;
}

/** Signal to quantisation noise ratio in dB; infinite without noise. */
export function sqnr(actual, expected) {
  let signal = 0;
  let noise = 0;
  for (let i = 0; i < expected.length; ++i) {
    signal += expected[i] ** 2;
    noise += (actual[i] - expected[i]) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Root of the sum of squares of the differences over that of `expected`; infinite if a number is none or not finite. */
export function noise(actual, expected) {
  return Number.isFinite(relativeError(actual, expected)) ? 10 ** (-sqnr(actual, expected) / 20) : Infinity;
}

/** Position of the largest number; of equal ones the first. */
export function top1(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

/** How many whole numbers differ, and by how much at most. */
export function differences(actual, expected) {
  let count = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; ++i) {
    const d = distance(actual[i], expected[i]);
    count += d === 0 ? 0 : 1;
    largest = Math.max(largest, d);
  }
  return { count, largest };
}
