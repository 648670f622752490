// SPDX-License-Identifier: Apache-2.0
// A step's circuit, simulated: packs tensors as they lie on its streams, runs the bench that Verilator has built, and
// unpacks what leaves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BundleError, elements } from './bundle.mjs';

/** Beats of a map, a line of hexadecimal digits each, the highest byte first. @param numbers channel by channel */
export function pack(numbers, stream) {
  const [rows, columns, channels] = stream.shape;
  const positions = rows * columns;
  const bytes = new Uint8Array(stream.beats * stream.beat_bytes);
  let at = 0;
  for (let position = 0; position < positions; ++position) {
    for (let channel = 0; channel < channels; ++channel) {
      for (let byte = 0; byte < stream.number_bytes; ++byte) {
        bytes[at++] = numbers[channel * positions + position] >> (8 * byte);
      }
    }
  }
  const lines = [];
  for (let beat = 0; beat < stream.beats; ++beat) {
    const own = bytes.subarray(beat * stream.beat_bytes, (beat + 1) * stream.beat_bytes);
    lines.push(Buffer.from(own).reverse().toString('hex'));
  }
  return lines.join('\n') + '\n';
}

/** The numbers of a map, channel by channel, from its beats. */
export function unpack(text, stream, dtype) {
  const [rows, columns, channels] = stream.shape;
  const positions = rows * columns;
  const bytes = Buffer.concat(
    text.trim().split('\n').map((line) => Buffer.from(line.trim(), 'hex').reverse()),
  );
  if (bytes.length !== stream.beats * stream.beat_bytes) {
    throw new BundleError(`${stream.port}: ${bytes.length} bytes left, not ${stream.beats * stream.beat_bytes}`);
  }
  const numbers = dtype === 'int8' ? new Int8Array(positions * channels) : new Int32Array(positions * channels);
  for (let position = 0; position < positions; ++position) {
    for (let channel = 0; channel < channels; ++channel) {
      const at = (position * channels + channel) * stream.number_bytes;
      numbers[channel * positions + position] =
        bytes.readIntLE(at, stream.number_bytes);
    }
  }
  return numbers;
}

function call(command, args, folder) {
  const done = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.error !== undefined) {
    throw new BundleError(`${command}: ${done.error.code === 'ENOENT' ? 'is not installed' : done.error.message}`);
  }
  if (done.status !== 0) {
    throw new BundleError(`${command} says:\n${done.stdout}${done.stderr}`);
  }
  return done.stdout;
}

export class Circuit {
  constructor(bundle, step) {
    this.step = step;
    this.tensor = (name) => bundle.tensor(name);
    this.folder = mkdtempSync(join(tmpdir(), 'cleave-circuit-'));
    process.on('exit', () => rmSync(this.folder, { recursive: true, force: true }));
    const prefix = `${step.rtl.folder}/`;
    const sources = [];
    for (const path of bundle.files.keys()) {
      const name = path.slice(prefix.length);
      // Folders in it are projects for tools of vendors.
      if (path.startsWith(prefix) && !name.includes('/')) {
        writeFileSync(join(this.folder, name), bundle.read(path));
        if (name.endsWith('.v')) sources.push(name);
      }
    }
    if (!readdirSync(this.folder).includes('bench.v')) {
      throw new BundleError(`${step.rtl.folder}: has no bench.v`);
    }
    call(
      'verilator',
      ['--binary', '--timing', '-O3', '-Wno-fatal', '-Wno-lint', '--x-assign', 'fast', '--x-initial', 'fast',
        '-CFLAGS', '-O1', '--build-jobs', '0', '--top-module', 'bench', '--Mdir', 'built', ...sources],
      this.folder,
    );
  }

  /** As Model.run. */
  async run(values) {
    const { streams } = this.step.rtl;
    const inputs = streams.filter(({ port }) => port.startsWith('s_axis_'));
    const outputs = streams.filter(({ port }) => port.startsWith('m_axis_'));
    inputs.forEach((stream, i) => {
      const value = values.get(stream.tensor);
      if (value === undefined || value.numbers.length !== elements(stream.shape)) {
        throw new BundleError(`${this.step.rtl.folder}: stream ${stream.port} does not fit the manifest`);
      }
      writeFileSync(join(this.folder, `in_${i}.hex`), pack(value.numbers, stream));
    });
    const said = call(join(this.folder, 'built', 'Vbench'), ['+record', '+frames=1'], this.folder);
    const clocks = /^done first (\d+)/m.exec(said);
    if (clocks === null) {
      throw new BundleError(`${this.step.rtl.folder}: the bench says: ${said.trim()}`);
    }
    this.clocks = Number(clocks[1]);
    return new Map(
      outputs.map((stream, i) => {
        const { dtype } = this.tensor(stream.tensor);
        const text = readFileSync(join(this.folder, `got_${i}.hex`), 'utf8');
        return [stream.tensor, { numbers: unpack(text, stream, dtype), dtype }];
      }),
    );
  }
}
