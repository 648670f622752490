// SPDX-License-Identifier: Apache-2.0
// Times the steps of a bundle and writes them down as `cleave compare-run` reads them (docs/schema/measured.schema.json).
// What was measured is named as what it is: this machine's processor, not the GPU that the bundle is for.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { BundleError } from './bundle.mjs';
import { Circuit } from './circuit.mjs';
import { Model } from './model.mjs';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** What the inputs of every compute step are, for the first test vector. */
async function inputsOf(bundle, runner) {
  const recorded = bundle.vector(0);
  const values = new Map(bundle.inputs.map((name) => [name, { numbers: recorded.get(name), dtype: 'float32' }]));
  const given = new Map();
  await runner.run(
    bundle.inputs.map((name) => recorded.get(name)),
    (step, outputs) => {
      given.set(step.id, new Map(step.inputs.map((name) => [name, values.get(name)])));
      for (const name of step.outputs) values.set(name, outputs.get(name));
    },
  );
  return given;
}

/** Seconds of each run. */
async function times(model, inputs, { warmUp, runs }) {
  const taken = [];
  for (let run = -warmUp; run < runs; ++run) {
    const start = performance.now();
    await model.run(inputs);
    if (run >= 0) taken.push((performance.now() - start) / 1000);
  }
  return taken;
}

/** Names of the nodes of a step that compute layers: what else is in it is there for the link. */
function layerNodes(bundle, step) {
  return new Set(
    bundle.manifest.layers.flatMap(({ parts }) => parts.filter((part) => part.step === step.id && part.node !== undefined).map((part) => part.node)),
  );
}

/** Seconds of kernels and of conversions in each run of a profile. */
function termsOf(events, layers) {
  const found = [];
  let run = { kernel: 0, conversion: 0 };
  for (const { cat, name, dur } of events) {
    if (cat === 'Node' && name.endsWith('_kernel_time')) {
      run[layers.has(name.slice(0, -'_kernel_time'.length)) ? 'kernel' : 'conversion'] += dur / 1e6;
    } else if (cat === 'Session' && name === 'model_run') {
      found.push(run);
      run = { kernel: 0, conversion: 0 };
    }
  }
  return found;
}

/** Medians of a step's kernels and conversions, by ONNX Runtime's profile of runs by themselves. */
async function parts(runtime, bundle, step, inputs, { warmUp, runs }) {
  const folder = mkdtempSync(join(tmpdir(), 'cleave-profile-'));
  try {
    const model = await Model.create(runtime, bundle.read(step.file), step.file, {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    for (let run = 0; run < warmUp + runs; ++run) await model.run(inputs);
    model.session.endProfiling();
    const [written] = readdirSync(folder);
    const profiled = termsOf(JSON.parse(readFileSync(join(folder, written), 'utf8')), layerNodes(bundle, step)).slice(warmUp);
    if (profiled.length !== runs) {
      throw new BundleError(`${step.file}: ONNX Runtime's profile has ${profiled.length} runs, not ${runs}`);
    }
    return { kernel_s: median(profiled.map((run) => run.kernel)), conversion_s: median(profiled.map((run) => run.conversion)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A step of the GPU on this machine, or of the FPGA, computed or simulated by this machine. */
async function measureStep(runtime, bundle, step, model, inputs, options) {
  if (model instanceof Circuit) {
    await model.run(inputs);
    return { step: step.id, device: 'simulation', times_s: [model.clocks / step.rtl.clock_hz] };
  }
  const row = { step: step.id, device: step.device === 'gpu' ? 'host' : 'stand_in', runs: options.runs, times_s: await times(model, inputs, options) };
  return step.device === 'gpu' ? { ...row, ...(await parts(runtime, bundle, step, inputs, options)) } : row;
}

/** What is written to measured.json. Transfers are left out: here there is one memory. */
export async function measure(runtime, bundle, runner, options) {
  const inputs = await inputsOf(bundle, runner);
  const steps = [];
  for (const step of bundle.manifest.steps.filter(({ kind }) => kind === 'compute')) {
    steps.push(await measureStep(runtime, bundle, step, runner.models.get(step.id), inputs.get(step.id), options));
  }
  const processor = `${cpus()[0]?.model.trim() ?? 'processor'}, ${cpus().length} threads, ONNX Runtime ${runtime.env?.versions?.node ?? ''}`.trim();
  const all = {
    host: { description: processor },
    stand_in: { description: `${processor}, in place of the FPGA`, how: 'emulated' },
    simulation: { description: "clocks of the circuits in Verilator, over the cost model's clock", model: bundle.manifest.platform.fpga.model, how: 'simulated' },
  };
  return {
    schema_version: 1,
    note: `scripts/deploy/run_bundle.mjs: ${options.runs} runs after ${options.warmUp} to warm up`,
    bundle: { manifest_sha256: createHash('sha256').update(readFileSync(join(bundle.folder, 'manifest.json'))).digest('hex') },
    devices: Object.fromEntries(Object.entries(all).filter(([name]) => steps.some((step) => step.device === name))),
    steps,
  };
}

/** Under a name of its own first: readers see a whole file or none. */
export function writeJson(path, value) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new BundleError(`${path}: ${error.message}`);
  }
}
