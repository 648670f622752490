#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Times ONNX models in ONNX Runtime on one thread: whole runs, and the kernels that its profile tells apart.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { elements } from './bundle.mjs';

const USAGE = `Usage: time_models.mjs JOB.json
The job: {"models": [{"name", "file", "profile": true or false}], "rounds": N, "burst": {"ms": T, "runs": N},
"provider": "cpu" or "cuda"}. A round has a burst of each model: as many runs as begin within T ms, N or more.
Prints {"runtime": version, "runs": {name: [least ms of each round]}, "kernels": {name: [{"node", "op", "inputs", "output",
"ms"}]}}, where ms is the least time of the kernel over the rounds.
Exit status: 0 done, 1 internal failure, 2 bad usage or no such provider.`;

function fail(message) {
  process.stderr.write(`time_models: ${message}\n`);
  process.exit(2);
}

async function loadRuntime() {
  try {
    const module = await import('onnxruntime-node');
    return module.default ?? module;
  } catch (error) {
    return fail(`onnxruntime-node is not installed (run: npm ci --ignore-scripts --prefix scripts/deploy): ${error.message}`);
  }
}

/** Numbers from -1 to 1 that repeat after 101: none so small that a processor takes longer over it. */
function ramp(shape) {
  return Float32Array.from({ length: elements(shape) }, (_, i) => (((i * 37) % 101) - 50) / 50);
}

/** A model ready to run on one thread, with numbers for its inputs. */
class Timed {
  static async create(runtime, file, provider, profile) {
    const session = await runtime.InferenceSession.create(file, {
      executionProviders: [provider],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    });
    const feeds = session.inputMetadata.map(({ name, shape }) => [name, new runtime.Tensor('float32', ramp(shape), shape)]);
    return new Timed(session, Object.fromEntries(feeds));
  }

  constructor(session, feeds) {
    this.session = session;
    this.feeds = feeds;
  }

  /** Least milliseconds of the runs of a burst. */
  async burst({ ms, runs }) {
    const begin = performance.now();
    let least = Infinity;
    for (let run = 0; run < runs || performance.now() - begin < ms; ++run) {
      const start = performance.now();
      await this.session.run(this.feeds);
      least = Math.min(least, performance.now() - start);
    }
    return least;
  }
}

/** Shape of a tensor as a profile has it: {"float": [1, 3, 224, 224]}. */
const shapeOf = (described) => Object.values(described)[0];

/** Least milliseconds of each node over all runs of a profile, in the order in which they run. */
function kernels(events) {
  const nodes = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat === 'Node' && name.endsWith('_kernel_time')) {
      const node = name.slice(0, -'_kernel_time'.length);
      const ms = dur / 1000;
      const known = nodes.get(node);
      if (known === undefined) {
        const [output] = args.output_type_shape;
        nodes.set(node, { node, op: args.op_name, inputs: args.input_type_shape.map(shapeOf), output: shapeOf(output), ms });
      } else {
        known.ms = Math.min(known.ms, ms);
      }
    }
  }
  return [...nodes.values()];
}

async function profile(runtime, { file }, provider, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'cleave-profile-'));
  try {
    const timed = await Timed.create(runtime, file, provider, join(folder, 'profile'));
    for (let i = 0; i < runs; ++i) await timed.session.run(timed.feeds);
    timed.session.endProfiling();
    const [written] = readdirSync(folder);
    return kernels(JSON.parse(readFileSync(join(folder, written), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main() {
  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined || rest.length > 0) fail(USAGE);
  const job = JSON.parse(readFileSync(file, 'utf8'));
  const runtime = await loadRuntime();
  const models = [];
  for (const { name, file: model } of job.models) {
    try {
      models.push([name, await Timed.create(runtime, model, job.provider)]);
    } catch (error) {
      fail(`${name}: ${error.message}`);
    }
  }
  const runs = Object.fromEntries(models.map(([name]) => [name, []]));
  // Whatever disturbs one round disturbs a little of every model, not all of one.
  for (let round = 0; round < job.rounds; ++round) {
    for (const [name, timed] of models) runs[name].push(await timed.burst(job.burst));
  }
  const found = {};
  for (const model of job.models.filter((one) => one.profile)) {
    found[model.name] = await profile(runtime, model, job.provider, job.rounds);
  }
  process.stdout.write(JSON.stringify({ runtime: runtime.env?.versions?.node, runs, kernels: found }));
}

await main();
