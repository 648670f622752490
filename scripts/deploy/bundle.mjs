// SPDX-License-Identifier: Apache-2.0
// A bundle as its manifest.json describes it: files that are what they should be, tensors by name, steps in order.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, relativeError } from './compare.mjs';

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
    this.#checkForm();
    this.tensors = new Map(this.manifest.tensors.map((tensor) => [tensor.name, tensor]));
    this.files = new Map(this.manifest.files.map((file) => [file.path, file]));
    this.#checkOrder();
    this.#checkVectors();
    for (const path of this.files.keys()) this.read(path);
  }

  /** The bytes of a file that the manifest lists, with the checksum it states. */
  read(path) {
    const file = this.files.get(path);
    if (file === undefined || path.startsWith('/') || path.split('/').includes('..')) {
      throw new BundleError(`${path}: is no file of the bundle`);
    }
    const bytes = this.#bytes(path);
    if (bytes.length !== file.bytes || createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
      throw new BundleError(`${path}: size or checksum differ from the manifest's`);
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

  /** True if the model rounds maps to codes of its own. */
  get rounds() {
    return this.manifest.weights?.rounded_maps > 0;
  }

  /**
   * How far floating-point results are from what is expected. Behind a rounding, a number that lies half way between two
   * codes may become the other where sums are added up in another order: there all of the noise counts, not the largest.
   */
  error(actual, expected) {
    return this.rounds ? noise(actual, expected) : relativeError(actual, expected);
  }

  /** That much is no fault: 1 % (40 dB) behind roundings. */
  get leastError() {
    return this.rounds ? 0.01 : 0;
  }

  /** True if anything crosses the link, where numbers have 8 bits. */
  get crosses() {
    return this.manifest.tensors.some((tensor) => tensor.crossing !== undefined);
  }

  /** True if layers are copied from the model as they are, which the reference does not compute. */
  get hasCopies() {
    return this.manifest.layers.some((layer) => layer.op === 'other');
  }

  /** Tensors that are the network's inputs and outputs, in order. */
  get inputs() {
    return this.manifest.inputs ?? [this.manifest.input];
  }
  get outputs() {
    return this.manifest.outputs ?? [this.manifest.output];
  }

  /** What the whole network computes in floating point from a test vector's inputs; undefined if it has copied layers. */
  floatOutputs(index) {
    const { float_output: first, float_outputs: all } = this.manifest.vectors[index];
    if (this.hasCopies) return undefined;
    return (all ?? [first]).map((file, i) => {
      const numbers = numbersOf(this.read(file), 'float32', this.tensor(this.outputs[i]).shape, file);
      if (!numbers.every(Number.isFinite)) {
        throw new BundleError(`${file}: holds a number that is not finite`);
      }
      return numbers;
    });
  }

  #bytes(path) {
    try {
      // What is no file may never end, or never begin.
      if (!lstatSync(join(this.folder, path)).isFile()) throw new Error('is no regular file');
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

  /** The manifest has what is read here, each of the kind that its schema says. */
  #checkForm() {
    const text = (value) => typeof value === 'string';
    const whole = (value) => Number.isSafeInteger(value) && value >= 0;
    const listOf = (item) => (value) => Array.isArray(value) && value.every(item);
    const objectOf = (fields) => (value) =>
      value !== null && typeof value === 'object' && Object.entries(fields).every(([key, fits]) => fits(value[key]));
    const absentOr = (fits) => (value) => value === undefined || fits(value);
    const isStep = (step) =>
      objectOf({ id: whole, device: text, kind: text, inputs: listOf(text), outputs: listOf(text) })(step) &&
      (step.kind === 'transfer' || (step.kind === 'compute' && text(step.file)));
    const form = {
      network: objectOf({ name: text }),
      point: objectOf({ id: text }),
      input: text,
      output: text,
      tensors: listOf(
        objectOf({
          name: text,
          dtype: (value) => Object.hasOwn(ARRAYS, value),
          shape: (value) => listOf(whole)(value) && value.length === 4,
          crossing: absentOr(objectOf({})),
        }),
      ),
      steps: listOf(isStep),
      layers: listOf(objectOf({ op: text })),
      inputs: absentOr(listOf(text)),
      outputs: absentOr(listOf(text)),
      vectors: listOf(objectOf({ float_output: absentOr(text), float_outputs: absentOr(listOf(text)), tensors: listOf(objectOf({ tensor: text, file: text })) })),
      files: listOf(objectOf({ path: text, bytes: whole, sha256: text })),
    };
    if (!objectOf({})(this.manifest)) {
      throw new BundleError('manifest.json: is no object');
    }
    if (this.manifest.schema_version !== 1) {
      throw new BundleError(`manifest.json: schema_version ${this.manifest.schema_version} is not 1`);
    }
    for (const [key, fits] of Object.entries(form)) {
      if (!fits(this.manifest[key])) {
        throw new BundleError(`manifest.json: '${key}' is not as the schema says`);
      }
    }
    if (this.manifest.vectors.length === 0) {
      throw new BundleError('manifest.json: there is no test vector');
    }
  }

  /**
   * Every vector records input and output, the first also what crosses: else nothing would be compared. The output may be
   * missing where a copied layer leads to it.
   */
  #checkVectors() {
    const { tensors, vectors } = this.manifest;
    const crossing = tensors.filter((tensor) => tensor.crossing !== undefined).map((tensor) => tensor.name);
    vectors.forEach((vector, i) => {
      const outputs = this.hasCopies ? [] : this.outputs;
      const references = vector.float_outputs ?? [vector.float_output].filter((file) => file !== undefined);
      if (references.length !== outputs.length) {
        throw new BundleError(`manifest.json: test vector ${i} has no float output for each output`);
      }
      for (const needed of [...this.inputs, ...outputs, ...(i === 0 ? crossing : [])]) {
        if (!vector.tensors.some(({ tensor }) => tensor === needed)) {
          throw new BundleError(`manifest.json: test vector ${i} lacks tensor '${needed}'`);
        }
      }
    });
  }

  /** Every step reads only what is there by then. */
  #checkOrder() {
    const there = new Set(this.inputs);
    for (const step of this.manifest.steps) {
      for (const name of step.inputs) {
        this.tensor(name);
        if (!there.has(name)) {
          throw new BundleError(`manifest.json: step ${step.id} reads '${name}' before it is computed`);
        }
      }
      step.outputs.forEach((name) => there.add(this.tensor(name).name));
    }
    if (!this.outputs.every((name) => there.has(name))) {
      throw new BundleError('manifest.json: no step computes the output');
    }
  }
}
