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
import { differences, sqnr, top1 } from './compare.mjs';
import { measure, writeJson } from './measure.mjs';
import { Model, Whole } from './model.mjs';

const USAGE = `Usage: run_bundle.mjs BUNDLE [options]
  --model FILE     whole network (ONNX): compare the result with it
  --inputs N       run N seeded inputs besides the bundle's test vectors (with --model)
  --seed S         seed of these inputs (default 1)
  --max-error E    largest relative error of floating-point results (default 1e-4)
  --fpga HOW       what computes steps of the FPGA: onnx (default), or rtl: their circuits, simulated by Verilator
  --measure FILE   time the compute steps as well, and write measured.json for cleave compare-run
  --runs N         runs of each step that count in it (default 20)
  --warm-up N      runs before them that do not count (default 3)
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
   * @param inputs numbers of the network's inputs
   * @param seen called with every step and a map of what it has computed
   * @param given values that replace what was computed, by tensor name, once they are handed on
   * @returns numbers of the network's outputs
   */
  async run(inputs, seen = () => {}, given = new Map()) {
    const { manifest } = this.bundle;
    const values = new Map(this.bundle.inputs.map((name, i) => [name, { numbers: inputs[i], dtype: 'float32' }]));
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
    return this.bundle.outputs.map((name) => values.get(name).numbers);
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
  const standIns = new Set(bundle.manifest.vectors[0].tensors.filter((one) => one.stand_in).map((one) => one.tensor));
  await runner.run(
    bundle.inputs.map((name) => recorded.get(name)),
    (step, outputs) => {
      for (const name of step.outputs.filter((output) => recorded.has(output))) {
        const { dtype, crossing } = bundle.tensor(name);
        const actual = outputs.get(name).numbers;
        const expected = recorded.get(name);
        const row = { step: step.id, device: step.device, file: step.file, tensor: name, dtype, numbers: expected.length };
        if (crossing === undefined) {
          row.error = bundle.error(actual, expected);
        } else {
          Object.assign(row, differences(actual, expected));
          row.ok = row.count === 0 || (step.device === 'gpu' && row.largest === 1 && row.count <= 1 + expected.length / 1000);
        }
        if (!standIns.has(name)) rows.push(row);
      }
    },
    recorded,
  );
  return rows;
}

/**
 * Rows of one run, one for each output.
 * @param references what outputs are compared with: undefined if there is nothing
 */
function resultRows(bundle, input, results, references) {
  return results.map((result, i) => {
    const row = { input };
    if (results.length > 1) row.output = bundle.outputs[i];
    const reference = references?.[i];
    if (reference !== undefined) {
      Object.assign(row, { sqnr_db: sqnr(result, reference), top1: top1(result) === top1(reference) });
    }
    return row;
  });
}

/** The whole way, each step from what the one before computed. */
async function runVectors(runner, bundle, whole) {
  const rows = [];
  for (let i = 0; i < bundle.manifest.vectors.length; ++i) {
    const recorded = bundle.vector(i);
    const inputs = bundle.inputs.map((name) => recorded.get(name));
    const results = await runner.run(inputs);
    const computed = bundle.floatOutputs(i);
    const model = whole?.takes(inputs) ? await whole.run(inputs, results.map((result) => result.length)) : undefined;
    const mine = resultRows(bundle, `vector ${i}`, results, computed ?? model);
    mine.forEach((row, k) => {
      if (computed !== undefined) {
        row.reference_sqnr_db = sqnr(recorded.get(bundle.outputs[k]), computed[k]);
      }
      if (model !== undefined && (computed !== undefined || !bundle.crosses)) {
        // Where nothing has 8 bits, the bundle itself must give what the model gives.
        row.model_error = computed === undefined ? bundle.error(results[k], model[k]) : bundle.error(model[k], computed[k]);
      }
    });
    rows.push(...mine);
  }
  return rows;
}

async function runSeeded(runner, bundle, whole, count, seed) {
  const rows = [];
  for (let i = 0; i < count; ++i) {
    const inputs = bundle.inputs.map((name, k) => {
      const numbers = noise(elements(bundle.tensor(name).shape), seed + i + 7919 * k);
      const range = whole.range(k);
      // Whole numbers all over the range.
      return range === undefined
        ? numbers
        : numbers.map((x) => Math.min(Math.max(Math.round((range[0] + range[1]) / 2 + (x * (range[1] - range[0])) / 6), range[0]), range[1]));
    });
    const results = await runner.run(inputs);
    const references = await whole.run(inputs, results.map((result) => result.length));
    const mine = resultRows(bundle, `seed ${seed + i}`, results, references);
    if (!bundle.crosses) {
      mine.forEach((row, k) => { row.model_error = bundle.error(results[k], references[k]); });
    }
    rows.push(...mine);
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
      row.output === undefined ? row.input : `${row.input}, ${row.output}`,
      db(row.sqnr_db),
      db(row.reference_sqnr_db),
      row.top1 === undefined ? '' : row.top1 ? 'same' : 'differs',
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
    measure: { type: 'string' },
    runs: { type: 'string', default: '20' },
    'warm-up': { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (!values.help && positionals.length !== 1) throw new Error('one bundle is needed');
    const count = Number(values.inputs);
    const seed = Number(values.seed);
    const maxError = Number(values['max-error']);
    const runs = Number(values.runs);
    const warmUp = Number(values['warm-up']);
    if (!Number.isSafeInteger(count) || count < 0) throw new Error('--inputs needs a whole number');
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed needs a whole number');
    if (!Number.isSafeInteger(runs) || runs < 1) throw new Error('--runs needs a whole number above zero');
    if (!Number.isSafeInteger(warmUp) || warmUp < 0) throw new Error('--warm-up needs a whole number');
    if (!(maxError >= 0)) throw new Error('--max-error needs a number that is not negative');
    if (!['onnx', 'rtl'].includes(values.fpga)) throw new Error('--fpga is onnx or rtl');
    if (count > 0 && values.model === undefined) throw new Error('--inputs needs --model');
    return { ...values, bundle: positionals[0], count, seed, maxError, runs, warmUp };
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
  const whole = options.model === undefined ? undefined : await Whole.create(runtime, options.model, bundle.inputs.map((name) => bundle.tensor(name).shape));
  const steps = await replay(runner, bundle);
  const results = await runVectors(runner, bundle, whole);
  if (options.count > 0) {
    results.push(...(await runSeeded(runner, bundle, whole, options.count, options.seed)));
  }
  if (options.measure !== undefined) {
    writeJson(options.measure, await measure(runtime, bundle, runner, options));
  }
  const maxError = Math.max(options.maxError, bundle.leastError);
  const failures = [
    ...steps.filter((row) => row.ok === false).map((row) => `step ${row.step}: tensor ${row.tensor} differs`),
    ...steps
      .filter((row) => row.error !== undefined && !(row.error <= maxError))
      .map((row) => `step ${row.step}: tensor ${row.tensor} has an error of ${row.error}`),
    ...runner
      .clocks()
      .filter((row) => row.simulated !== row.predicted)
      .map((row) => `step ${row.step}: the circuit takes ${row.simulated} clocks, not ${row.predicted}`),
    ...results
      .filter((row) => row.model_error !== undefined && !(row.model_error <= maxError))
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
