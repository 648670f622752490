// SPDX-License-Identifier: Apache-2.0
// A bundle as its manifest.json describes it: files that are what they should be, tensors by name, steps in order.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something is wrong with what the user gave: a message for them. */
export class BundleError extends Error {}

const ARRAYS = { float32: Float32Array, int8: Int8Array, int32: Int32Array };

export function elements(shape) {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Numbers of a tensor from raw little-endian bytes, which is how a bundle's vectors are stored. */
export function numbersOf(bytes, dtype, shape, what) {
  const count = elements(shape);
  const array = ARRAYS[dtype];
  if (array === undefined || bytes.length !== count * array.BYTES_PER_ELEMENT) {
    throw new BundleError(`${what}: ${bytes.length} bytes are not ${count} numbers of ${dtype}`);
  }
  // A copy: a typed array must start at a multiple of its element's size.
  return new array(Uint8Array.from(bytes).buffer);
}

export class Bundle {
  constructor(folder) {
    this.folder = folder;
    this.manifest = this.#parse();
    if (this.manifest.schema_version !== 1) {
      throw new BundleError(`manifest.json: schema_version ${this.manifest.schema_version} is not 1`);
    }
    this.tensors = new Map(this.manifest.tensors.map((tensor) => [tensor.name, tensor]));
    this.sums = new Map(this.manifest.files.map((file) => [file.path, file.sha256]));
    this.#checkOrder();
  }

  /** The bytes of a file that the manifest lists, with the checksum it states. */
  read(path) {
    const expected = this.sums.get(path);
    if (expected === undefined || path.startsWith('/') || path.split('/').includes('..')) {
      throw new BundleError(`${path}: is no file of the bundle`);
    }
    const bytes = this.#bytes(path);
    if (createHash('sha256').update(bytes).digest('hex') !== expected) {
      throw new BundleError(`${path}: the checksum differs from the manifest's`);
    }
    return bytes;
  }

  tensor(name) {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) {
      throw new BundleError(`manifest.json: tensor '${name}' is not listed`);
    }
    return tensor;
  }

  /** Recorded values of a test vector, by tensor name. */
  vector(index) {
    const { tensors } = this.manifest.vectors[index];
    return new Map(
      tensors.map(({ tensor, file }) => {
        const { dtype, shape } = this.tensor(tensor);
        return [tensor, numbersOf(this.read(file), dtype, shape, file)];
      }),
    );
  }

  /** What the whole network computes in floating point from a test vector's input. */
  floatOutput(index) {
    const file = this.manifest.vectors[index].float_output;
    return numbersOf(this.read(file), 'float32', this.tensor(this.manifest.output).shape, file);
  }

  #bytes(path) {
    try {
      return readFileSync(join(this.folder, path));
    } catch (error) {
      throw new BundleError(`${join(this.folder, path)}: ${error.message}`);
    }
  }

  #parse() {
    const text = this.#bytes('manifest.json').toString('utf8');
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new BundleError(`manifest.json: ${error.message}`);
    }
  }

  /** Every step reads only what is there by then. */
  #checkOrder() {
    const there = new Set([this.manifest.input]);
    for (const step of this.manifest.steps) {
      for (const name of step.inputs) {
        this.tensor(name);
        if (!there.has(name)) {
          throw new BundleError(`manifest.json: step ${step.id} reads '${name}' before it is computed`);
        }
      }
      step.outputs.forEach((name) => there.add(this.tensor(name).name));
    }
    if (!there.has(this.manifest.output)) {
      throw new BundleError('manifest.json: no step computes the output');
    }
  }
}
