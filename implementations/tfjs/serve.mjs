// The line protocol of harness/PROTOCOL.md, for a contender in JavaScript. It depends on nothing:
// copy it beside your own file.

import { createInterface } from "node:readline";

const BYTES = { float64: Float64Array, float32: Float32Array };

// Prints belong on standard error: standard output is for answers alone. Import a library that
// prints only after this file.
console.log = console.info = console.debug = console.error;

// An array is {shape, data}, with the data in a Float64Array or Float32Array in C order. Typed
// arrays have the machine's byte order, which is little-endian wherever Node.js runs.
function decode({ dtype, shape, data }) {
  const bytes = Uint8Array.from(Buffer.from(data, "base64")); // a copy: it is aligned
  return { shape, data: new BYTES[dtype](bytes.buffer) };
}

function encode({ shape, data }) {
  const dtype = data instanceof Float64Array ? "float64" : "float32";
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { dtype, shape, data: bytes.toString("base64") };
}

/**
 * Answers requests until standard input ends.
 *
 * functions: by name, from {shape, data} or numbers to a list of {shape, data}.
 * optimizers: by name, from hyperparameters to an object with step({shape, data}, {shape, data},
 * rate), which returns {shape, data}, and close(); rate is undefined where it is not to be set.
 */
export async function serve({ dtypes, functions, optimizers }) {
  const kept = new Map();

  const answer = {
    hello: () => ({
      protocol: 1,
      provides: [...Object.keys(functions), ...Object.keys(optimizers)],
      dtypes,
    }),

    echo: (request) => request.arguments.map(decode).map(encode),

    call: (request) => {
      const given = request.arguments.map((a) => (typeof a === "number" ? a : decode(a)));
      return known(functions, request.name)(...given).map(encode);
    },

    trajectory: ({ name, hyper, w, gradients, rates, keep }) => {
      const optimizer = kept.get(keep) ?? known(optimizers, name)(hyper);
      if (keep !== undefined) kept.set(keep, optimizer);
      let weights = decode(w);
      const all = decode(gradients);
      const path = new all.data.constructor(all.data.length);
      const size = weights.data.length;
      for (let i = 0; i < all.shape[0]; i++) {
        const data = all.data.slice(i * size, (i + 1) * size);
        weights = optimizer.step(weights, { shape: weights.shape, data }, rates?.[i]);
        path.set(weights.data, i * size);
      }
      if (keep === undefined) optimizer.close();
      return [encode({ shape: all.shape, data: path })];
    },

    forget: ({ keep }) => {
      kept.get(keep)?.close();
      kept.delete(keep);
      return [];
    },
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    const reply = { id: request.id };
    try {
      reply.result = known(answer, request.request)(request);
    } catch (error) {
      reply.error = { type: error.name, message: error.message };
    }
    process.stdout.write(JSON.stringify(reply) + "\n");
  }
}

function known(table, name) {
  if (!Object.hasOwn(table, name)) throw new RangeError(`there is no ${name}`);
  return table[name];
}
