// TensorFlow.js on its back end in plain JavaScript, which computes in float32 alone.

import { serve } from "./serve.mjs";
// Imported last, since it may print.
const tf = await import("@tensorflow/tfjs");

await tf.setBackend("cpu");

const tensor = ({ shape, data }) => tf.tensor(data, shape, "float32");
const array = (value) => ({ shape: value.shape, data: value.dataSync() });

// From tensors to one tensor or a list of them; what is made on the way is freed.
const bound = (body) => (...given) => {
  const results = tf.tidy(() => [body(...given.map(tensor))].flat());
  const answer = results.map(array);
  tf.dispose(results);
  return answer;
};

// What model.compile({loss: ...}) minimises: a loss per row, and the mean over the rows.
const overRows = (loss) => (y_true, y_pred) => tf.mean(loss(y_true, y_pred));

const loss = (X, y, W1, b1, W2, b2) => {
  const a1 = tf.relu(tf.add(tf.matMul(X, W1), b1));
  return tf.losses.sigmoidCrossEntropy(y, tf.add(tf.matMul(a1, W2), b2));
};

const functions = {
  mse_loss: tf.losses.meanSquaredError,
  binary_cross_entropy: overRows(tf.metrics.binaryCrossentropy),
  categorical_cross_entropy: overRows(tf.metrics.categoricalCrossentropy),
  sigmoid: tf.sigmoid,
  // The gradient that tfjs registers for its sigmoid is a function of the activation.
  sigmoid_derivative: (a) => tf.getGradient("Sigmoid").gradFunc(tf.onesLike(a), [a]).x(),
  relu: tf.relu,
  relu_derivative: (z) => tf.grad(tf.relu)(z),
  compute_loss: loss,
  compute_gradients: (X, y, ...weights) => tf.grads((...w) => loss(X, y, ...w))(weights),
};

const makers = {
  SGD: ({ lr }) => tf.train.sgd(lr),
  SGDMomentum: ({ lr, momentum }) => tf.train.momentum(lr, momentum),
  RMSprop: ({ lr, beta, epsilon }) => tf.train.rmsprop(lr, beta, 0, epsilon),
  Adam: ({ lr, beta1, beta2, epsilon }) => tf.train.adam(lr, beta1, beta2, epsilon),
};

// An optimizer of tfjs works on variables in place.
class Optimizer {
  constructor(optimizer) {
    this.optimizer = optimizer;
  }

  step(w, gradient, rate) {
    if (rate !== undefined) this.setRate(rate);
    return tf.tidy(() => {
      this.variable ??= tf.variable(tensor(w));
      this.variable.assign(tensor(w));
      this.optimizer.applyGradients([{ name: this.variable.name, tensor: tensor(gradient) }]);
      return array(this.variable);
    });
  }

  setRate(rate) {
    // SGD and momentum keep the rate in a tensor, behind a setter; the others read the property.
    if (this.optimizer.setLearningRate) this.optimizer.setLearningRate(rate);
    else this.optimizer.learningRate = rate;
  }

  close() {
    this.optimizer.dispose();
    this.variable?.dispose();
  }
}

const each = (table, change) =>
  Object.fromEntries(Object.entries(table).map(([name, body]) => [name, change(body)]));

await serve({
  dtypes: ["float32"],
  functions: each(functions, bound),
  optimizers: each(makers, (make) => (hyper) => new Optimizer(make(hyper))),
});
