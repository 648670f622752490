#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs a bundle that `cleave deploy` wrote with ONNX Runtime, from its manifest.json alone, and compares: what every
// step computes with what the reference in C++ recorded, and the result with the whole network's.
// This is the pattern that a deployment script follows: where this program calls ONNX Runtime for every step, such a
// script calls the GPU's runtime, starts a transfer, or starts the FPGA.
// Exit status: 0 all agree, 1 internal failure, 2 bad bundle or usage, 5 beyond --max-error.
import { parseArgs } from 'node:util';
import { Bundle, BundleError, elements } from './bundle.mjs';
import { Circuit } from './circuit.mjs';
import { differences, relativeError, sqnr, top1 } from './compare.mjs';

const USAGE = `Usage: run_bundle.mjs BUNDLE [options]
  --model FILE     whole network (ONNX): compare the result with it
  --inputs N       run N seeded inputs besides the bundle's test vectors (with --model)
  --seed S         seed of these inputs (default 1)
  --max-error E    largest relative error of floating-point results (default 1e-4)
  --fpga HOW       what computes steps of the FPGA: onnx (default), or rtl: their circuits, simulated by Verilator
  --json           print JSON instead of a table
Exit status: 0 all agree, 2 bad bundle or usage, 5 beyond --max-error`;

async function loadRuntime() {
  try {
    const module = await import('onnxruntime-node');
    return module.default ?? module;
  } catch (error) {
    throw new BundleError(
      `onnxruntime-node is not installed (run: npm ci --ignore-scripts in scripts/deploy): ${error.message}`,
    );
  }
}

/** Text of a bundle for a terminal: without control characters. */
function printable(text) {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** A model that is ready to run. */
class Model {
  static async create(runtime, bytes, what) {
    try {
      // Fused integer kernels are off: each operation is computed as it is written, in float32, whose sums of 8-bit
      // products are exact as long as they stay below 2^24. With them off, the level 'extended' of ONNX Runtime 1.23
      // crashes on a map that is dequantised and quantised twice.
      const options = {
        graphOptimizationLevel: 'basic',
        extra: { session: { disable_quant_qdq: '1' } },
        logSeverityLevel: 3,
      };
      return new Model(runtime, await runtime.InferenceSession.create(bytes, options), what);
    } catch (error) {
      throw new BundleError(`${what}: ${error.message}`);
    }
  }

  constructor(runtime, session, what) {
    this.runtime = runtime;
    this.session = session;
    this.what = what;
  }

  /** @param values numbers of the inputs, by name, with their dtype. Returns numbers of the outputs, by name. */
  async run(values) {
    const feeds = {};
    for (const { name, shape } of this.session.inputMetadata) {
      const value = values.get(name);
      if (value === undefined || value.numbers.length !== elements(shape)) {
        throw new BundleError(`${this.what}: input '${name}' does not fit the manifest`);
      }
      feeds[name] = new this.runtime.Tensor(value.dtype, value.numbers, shape);
    }
    const results = await this.session.run(feeds);
    return new Map(Object.entries(results).map(([name, { data, type }]) => [name, { numbers: data, dtype: type }]));
  }
}

/** Executes the compute steps of a bundle in order. */
class Runner {
  static async create(runtime, bundle, fpga) {
    const models = new Map();
    for (const step of bundle.manifest.steps) {
      if (step.kind === 'compute') {
        const simulated = fpga === 'rtl' && step.device === 'fpga';
        if (simulated && step.rtl === undefined) {
          throw new BundleError(`step ${step.id} has no circuit`);
        }
        models.set(
          step.id,
          simulated ? new Circuit(bundle, step) : await Model.create(runtime, bundle.read(step.file), step.file),
        );
      }
    }
    return new Runner(bundle, models);
  }

  /** Clocks of the circuits, of the last input: those of the cost model, of the prediction, and of the simulation. */
  clocks() {
    return [...this.models.values()]
      .filter((model) => model instanceof Circuit)
      .map(({ step, clocks }) => ({
        step: step.id,
        expected: step.rtl.expected_clocks,
        predicted: step.rtl.single_frame_clocks,
        simulated: clocks,
      }));
  }

  constructor(bundle, models) {
    this.bundle = bundle;
    this.models = models;
  }

  /**
   * @param input numbers of the network's input
   * @param seen called with every step and a map of what it has computed
   * @param given values that replace what was computed, by tensor name, once they are handed on
   * @returns numbers of the network's output
   */
  async run(input, seen = () => {}, given = new Map()) {
    const { manifest } = this.bundle;
    const values = new Map([[manifest.input, { numbers: input, dtype: 'float32' }]]);
    for (const step of manifest.steps) {
      // A transfer moves a tensor from one memory to the other; here there is one memory.
      if (step.kind === 'compute') {
        const outputs = await this.models.get(step.id).run(values);
        for (const name of step.outputs) {
          const made = outputs.get(name);
          const { dtype, shape } = this.bundle.tensor(name);
          if (made === undefined || made.dtype !== dtype || made.numbers.length !== elements(shape)) {
            throw new BundleError(`${step.file}: output '${name}' is not as the manifest says`);
          }
          values.set(name, given.has(name) ? { numbers: given.get(name), dtype } : made);
        }
        seen(step, outputs);
      }
    }
    return values.get(manifest.output).numbers;
  }
}

/** Standard normal noise: splitmix32 and Box-Muller. */
function noise(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/**
 * Every step on its own: from recorded values wherever something crosses the link, so that one step's rounding is not
 * another's error. Numbers on the link must be equal; of those that the GPU makes, one may be rounded the other way.
 */
async function replay(runner, bundle) {
  const recorded = bundle.vector(0);
  const rows = [];
  await runner.run(
    recorded.get(bundle.manifest.input),
    (step, outputs) => {
      for (const name of step.outputs.filter((output) => recorded.has(output))) {
        const { dtype, crossing } = bundle.tensor(name);
        const actual = outputs.get(name).numbers;
        const expected = recorded.get(name);
        const row = { step: step.id, device: step.device, file: step.file, tensor: name, dtype, numbers: expected.length };
        if (crossing === undefined) {
          row.error = relativeError(actual, expected);
        } else {
          Object.assign(row, differences(actual, expected));
          row.ok = row.count === 0 || (step.device === 'gpu' && row.largest === 1 && row.count <= 1 + expected.length / 1000);
        }
        rows.push(row);
      }
    },
    recorded,
  );
  return rows;
}

/** The whole way, each step from what the one before computed. */
async function runVectors(runner, bundle, whole) {
  const rows = [];
  const { manifest } = bundle;
  for (let i = 0; i < manifest.vectors.length; ++i) {
    const recorded = bundle.vector(i);
    const input = recorded.get(manifest.input);
    const result = await runner.run(input);
    const reference = bundle.floatOutput(i);
    const row = {
      input: `vector ${i}`,
      sqnr_db: sqnr(result, reference),
      reference_sqnr_db: sqnr(recorded.get(manifest.output), reference),
      top1: top1(result) === top1(reference),
    };
    if (whole !== undefined) {
      row.model_error = relativeError(await runWhole(whole, input), reference);
    }
    rows.push(row);
  }
  return rows;
}

async function runWhole(whole, input) {
  const [{ name }] = whole.session.inputMetadata;
  const outputs = await whole.run(new Map([[name, { numbers: input, dtype: 'float32' }]]));
  return outputs.get(whole.session.outputNames[0]).numbers;
}

async function runSeeded(runner, bundle, whole, count, seed) {
  const rows = [];
  const { shape } = bundle.tensor(bundle.manifest.input);
  for (let i = 0; i < count; ++i) {
    const input = noise(elements(shape), seed + i);
    const result = await runner.run(input);
    const reference = await runWhole(whole, input);
    rows.push({ input: `seed ${seed + i}`, sqnr_db: sqnr(result, reference), top1: top1(result) === top1(reference) });
  }
  return rows;
}

function table(header, rows) {
  const lines = [header, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}

function stepTable(rows) {
  const difference = (row) =>
    row.error !== undefined
      ? `relative error ${row.error.toExponential(1)}`
      : row.count === 0
        ? 'equal'
        : `${row.count} differ, by at most ${row.largest}`;
  return table(
    ['step', 'device', 'tensor', 'numbers', 'compared with the recorded'],
    rows.map((row) => [row.step, row.device, `${row.tensor} ${row.dtype}`, row.numbers, difference(row)]),
  );
}

function resultTable(rows) {
  const db = (value) => (value === undefined ? '' : value.toFixed(1));
  return table(
    ['input', 'SQNR dB', 'of the reference', 'top-1', 'model, relative error'],
    rows.map((row) => [
      row.input,
      db(row.sqnr_db),
      db(row.reference_sqnr_db),
      row.top1 ? 'same' : 'differs',
      row.model_error === undefined ? '' : row.model_error.toExponential(1),
    ]),
  );
}

function clockTable(rows) {
  return table(
    ['step', 'clocks of the cost model', 'predicted', 'simulated'],
    rows.map((row) => [row.step, row.expected, row.predicted, row.simulated]),
  );
}

function readOptions() {
  const options = {
    model: { type: 'string' },
    inputs: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'max-error': { type: 'string', default: '1e-4' },
    fpga: { type: 'string', default: 'onnx' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (!values.help && positionals.length !== 1) throw new Error('one bundle is needed');
    const count = Number(values.inputs);
    const seed = Number(values.seed);
    const maxError = Number(values['max-error']);
    if (!Number.isSafeInteger(count) || count < 0) throw new Error('--inputs needs a whole number');
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed needs a whole number');
    if (!(maxError >= 0)) throw new Error('--max-error needs a number that is not negative');
    if (!['onnx', 'rtl'].includes(values.fpga)) throw new Error('--fpga is onnx or rtl');
    if (count > 0 && values.model === undefined) throw new Error('--inputs needs --model');
    return { ...values, bundle: positionals[0], count, seed, maxError };
  } catch (error) {
    throw new BundleError(`${error.message}\n${USAGE}`);
  }
}

async function main() {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const runtime = await loadRuntime();
  const bundle = new Bundle(options.bundle);
  const runner = await Runner.create(runtime, bundle, options.fpga);
  const whole = options.model === undefined ? undefined : await Model.create(runtime, options.model, options.model);
  const steps = await replay(runner, bundle);
  const results = await runVectors(runner, bundle, whole);
  if (options.count > 0) {
    results.push(...(await runSeeded(runner, bundle, whole, options.count, options.seed)));
  }
  const failures = [
    ...steps.filter((row) => row.ok === false).map((row) => `step ${row.step}: tensor ${row.tensor} differs`),
    ...steps
      .filter((row) => row.error !== undefined && !(row.error <= options.maxError))
      .map((row) => `step ${row.step}: tensor ${row.tensor} has an error of ${row.error}`),
    ...runner
      .clocks()
      .filter((row) => row.simulated !== row.predicted)
      .map((row) => `step ${row.step}: the circuit takes ${row.simulated} clocks, not ${row.predicted}`),
    ...results
      .filter((row) => row.model_error !== undefined && !(row.model_error <= options.maxError))
      .map((row) => `${row.input}: the model has an error of ${row.model_error}`),
  ];
  if (options.json) {
    console.log(JSON.stringify({ network: bundle.manifest.network.name, point: bundle.manifest.point.id, steps, circuits: runner.clocks(), results, failures }, null, 2));
  } else {
    console.log(printable(`${bundle.manifest.network.name}, point ${bundle.manifest.point.id}`) + '\n');
    const clocks = runner.clocks();
    console.log(`${stepTable(steps)}\n\n${clocks.length > 0 ? `${clockTable(clocks)}\n\n` : ''}${resultTable(results)}\n`);
    console.log(failures.length === 0 ? 'passed: the bundle computes what the reference computes' : `failed:\n  ${failures.map(printable).join('\n  ')}`);
  }
  return failures.length === 0 ? 0 : 5;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(error instanceof BundleError ? `run_bundle: error: ${error.message.split('\n').map(printable).join('\n')}` : error);
    process.exitCode = error instanceof BundleError ? 2 : 1;
  },
);
