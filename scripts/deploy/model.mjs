// SPDX-License-Identifier: Apache-2.0
// Models in ONNX Runtime: files of a bundle's steps, and the whole network as somebody else's file has it.
import { BundleError, elements } from './bundle.mjs';

/** A model that is ready to run. */
export class Model {
  /** @param more options of the session, besides those that make it compute as the reference does */
  static async create(runtime, bytes, what, more = {}) {
    try {
      // Fused integer kernels are off: each operation is computed as it is written, in float32, whose sums of 8-bit
      // products are exact as long as they stay below 2^24. With them off, the level 'extended' of ONNX Runtime 1.23
      // crashes on a map that is dequantised and quantised twice.
      const options = {
        graphOptimizationLevel: 'basic',
        extra: { session: { disable_quant_qdq: '1' } },
        logSeverityLevel: 3,
        ...more,
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

const INTEGERS = {
  uint8: [Uint8Array, 0, 255],
  int8: [Int8Array, -128, 127],
  uint16: [Uint16Array, 0, 65535],
  int16: [Int16Array, -32768, 32767],
  int32: [Int32Array, -(2 ** 31), 2 ** 31 - 1],
};

/** Numbers of a map, C x H x W, in the order H x W x C. */
function channelsLast(numbers, [, channels, height, width]) {
  const moved = new numbers.constructor(numbers.length);
  const positions = height * width;
  for (let c = 0; c < channels; ++c) {
    for (let p = 0; p < positions; ++p) moved[p * channels + c] = numbers[c * positions + p];
  }
  return moved;
}

/** A shape with what a model leaves open (a name, or no positive number) filled in; undefined if the map does not fit. */
function filled(shape, map) {
  const isOpen = (extent) => !(Number.isInteger(extent) && extent > 0);
  if (shape.length === map.length) {
    return shape.every((extent, i) => isOpen(extent) || extent === map[i]) ? map : undefined;
  }
  // Of another rank: the batch is 1, and one more extent may be open.
  const known = shape.map((extent, i) => (isOpen(extent) && i === 0 ? 1 : extent));
  const open = known.filter(isOpen).length;
  const rest = elements(map) / elements(known.filter((extent) => !isOpen(extent)));
  if (open > 1 || (open === 0 && rest !== 1) || !Number.isInteger(rest)) return undefined;
  return known.map((extent) => (isOpen(extent) ? rest : extent));
}

/** Numbers that differ from each other, of an input's type. */
function ramp({ type, shape }, from) {
  const [array] = INTEGERS[type] ?? [Float32Array];
  const fixed = shape.map((extent) => (Number.isInteger(extent) && extent > 0 ? extent : 1));
  const numbers = Array.from({ length: elements(fixed) }, (_, i) => ((i * 37 + from) % 101) / (array === Float32Array ? 50 : 1));
  return [type, array.from(numbers), fixed];
}

/** Names of the inputs that change an output: ONNX Runtime does not tell which ones a model reads at all. */
async function readInputs({ runtime, session }) {
  const run = async (changed) => {
    const inputs = session.inputMetadata.map((one) => [one.name, new runtime.Tensor(...ramp(one, one.name === changed ? 53 : 0))]);
    const results = await session.run(Object.fromEntries(inputs));
    return JSON.stringify(session.outputNames.map((name) => Array.from(results[name].data, Number)));
  };
  const before = await run(undefined);
  const read = new Set();
  for (const { name } of session.inputMetadata) {
    if ((await run(name)) !== before) read.add(name);
  }
  return read;
}

/** The whole network: its inputs may leave sizes open, have their channels last, or hold whole numbers. */
export class Whole {
  /** @param maps shapes of the bundle's inputs, 1 x C x H x W, in the order of the model's */
  static async create(runtime, file, maps) {
    const model = await Model.create(runtime, file, file);
    const all = model.session.inputMetadata;
    return new Whole(model, maps, all.length > maps.length ? await readInputs(model) : new Set(all.map(({ name }) => name)));
  }

  /** @param read names of the inputs that anything depends on */
  constructor(model, maps, read) {
    this.model = model;
    this.inputs = [];
    for (const metadata of model.session.inputMetadata) {
      const map = maps[this.inputs.filter((input) => input.map !== undefined).length];
      const fits = map !== undefined && read.has(metadata.name);
      this.inputs.push({ ...metadata, ...(fits ? this.#fit(metadata, map) : {}) });
    }
    if (this.inputs.filter((input) => input.map !== undefined).length !== maps.length) {
      throw new BundleError(`${model.what}: its inputs do not fit the manifest's`);
    }
  }

  #fit({ shape }, map) {
    const [batch, channels, height, width] = map;
    const plain = filled(shape, map);
    if (plain !== undefined) return { map, shape: plain, last: false };
    const last = shape.length === 4 ? filled(shape, [batch, height, width, channels]) : undefined;
    return last === undefined ? {} : { map, shape: last, last: true };
  }

  /** Range of the whole numbers that an input holds; undefined if it holds others. */
  range(i) {
    return INTEGERS[this.inputs.filter((input) => input.map !== undefined)[i].type]?.slice(1);
  }

  /** True if the inputs can hold these numbers. */
  takes(maps) {
    return maps.every((numbers, i) => {
      const range = this.range(i);
      return range === undefined || numbers.every((x) => Number.isInteger(x) && x >= range[0] && x <= range[1]);
    });
  }

  /**
   * @param maps numbers of the bundle's inputs
   * @param sizes numbers of elements of the bundle's outputs
   * @returns numbers of the model's outputs that they are
   */
  async run(maps, sizes) {
    const feeds = {};
    const { runtime, session, what } = this.model;
    let next = 0;
    for (const { name, type, shape, map, last } of this.inputs) {
      const [array] = INTEGERS[type] ?? [Float32Array];
      // What the network does not read changes nothing.
      const fixed = shape.map((extent) => (Number.isInteger(extent) && extent > 0 ? extent : 1));
      let numbers = new array(elements(fixed));
      if (map !== undefined) {
        const given = maps[next++];
        numbers = array.from(last ? channelsLast(given, map) : given);
      }
      feeds[name] = new runtime.Tensor(type, numbers, fixed);
    }
    const results = await session.run(feeds);
    const outputs = session.outputNames.map((name) => results[name]);
    return sizes.map((size) => {
      while (outputs.length > 0 && outputs[0].data.length !== size) outputs.shift();
      if (outputs.length === 0) throw new BundleError(`${what}: its outputs do not fit the manifest's`);
      return Float32Array.from(outputs.shift().data, Number);
    });
  }
}
