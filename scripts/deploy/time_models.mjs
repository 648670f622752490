#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Times ONNX models with ONNX Runtime on the CPU, one thread, batch 1, and prints CSV: model, median and least time of an
// inference in ms, and the number of inferences. Usage: time_models.mjs [--seconds S] MODEL...
import { parseArgs } from 'node:util';

const LEAST_RUNS = 5;

function randomInput(runtime, metadata) {
  const shape = metadata.shape.map((extent) => (typeof extent === 'number' && extent > 0 ? extent : 1));
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  // The values do not matter for the time, but denormal numbers would.
  let state = 1;
  for (let i = 0; i < data.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state / 2 ** 31 - 1;
  }
  return new runtime.Tensor('float32', data, shape);
}

async function time(runtime, file, seconds) {
  const session = await runtime.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const feeds = {};
  for (const metadata of session.inputMetadata) {
    feeds[metadata.name] = randomInput(runtime, metadata);
  }
  await session.run(feeds);
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < LEAST_RUNS || performance.now() < end) {
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  }
  await session.release();
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)], least: times[0], runs: times.length };
}

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const module = await import('onnxruntime-node');
const runtime = module.default ?? module;
console.log('model,median_ms,least_ms,runs');
for (const file of positionals) {
  const { median, least, runs } = await time(runtime, file, Number(values.seconds));
  console.log(`${JSON.stringify(file)},${median.toFixed(4)},${least.toFixed(4)},${runs}`);
}
