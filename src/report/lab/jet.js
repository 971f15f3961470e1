"use strict";
// Taylor polynomials in two variables: numbers that carry all their partial derivatives up to an order.
//
// A jet of order n holds the coefficients of dx^i dy^j with i + j <= n, by total degree and then by j:
// 1, dx, dy, dx^2, dx dy, dy^2, ... so a jet of lower order is the beginning of one of higher order, and two jets of
// different order combine to the lower of the two. The order follows from the length: 1, 3, 6, 10, 15.
var lab = {};
lab.jet = (() => {
  const ORDER = { 1: 0, 3: 1, 6: 2, 10: 3, 15: 4 };
  const WIDTH = [1, 3, 6, 10, 15];
  const index = (i, j) => (i + j) * (i + j + 1) / 2 + j;

  // For each order: which two coefficients make which one of a product, three places at a time.
  const PRODUCTS = WIDTH.map((_, order) => {
    const places = [];
    for (let total = 0; total <= order; total += 1)
      for (let j = 0; j <= total; j += 1) {
        const i = total - j;
        for (let a = 0; a <= i; a += 1)
          for (let b = 0; b <= j; b += 1) places.push(index(a, b), index(i - a, j - b), index(i, j));
      }
    return places;
  });
  const ZERO = WIDTH.map(width => new Array(width).fill(0));

  const shorter = (a, b) => (a.length < b.length ? a.length : b.length);
  const constant = (order, x) => { const out = ZERO[order].slice(); out[0] = x; return out; };
  // The variable `which` (0 or 1) at x.
  const variable = (order, x, which) => {
    const out = constant(order, x);
    if (order > 0) out[1 + which] = 1;
    return out;
  };

  // Each writes into `out`, which is none of its operands; a list of operations has its jets ready.
  const add = (a, b, out = ZERO[ORDER[shorter(a, b)]].slice()) => {
    for (let k = 0; k < out.length; k += 1) out[k] = a[k] + b[k];
    return out;
  };
  const subtract = (a, b, out = ZERO[ORDER[shorter(a, b)]].slice()) => {
    for (let k = 0; k < out.length; k += 1) out[k] = a[k] - b[k];
    return out;
  };
  const scale = (s, a, out = a.slice()) => {
    for (let k = 0; k < out.length; k += 1) out[k] = s * a[k];
    return out;
  };
  const negate = (a, out) => scale(-1, a, out);
  const multiply = (a, b, out = ZERO[ORDER[shorter(a, b)]].slice()) => {
    const places = PRODUCTS[ORDER[out.length]];
    out.fill(0);
    for (let p = 0; p < places.length; p += 3) out[places[p + 2]] += a[places[p]] * b[places[p + 1]];
    return out;
  };

  // g(a) from g and its derivatives at a's value: sum of g_k (a - a_0)^k / k!.
  const SCRATCH = WIDTH.map(width => [0, 1, 2].map(() => new Array(width).fill(0)));
  const compose = (a, derivatives, out = a.slice()) => {
    const order = ORDER[a.length], scratch = SCRATCH[order], moving = scratch[0];
    let still = true;
    for (let k = 1; k < a.length; k += 1) {
      moving[k] = a[k];
      still = still && a[k] === 0;
    }
    out.fill(0);
    out[0] = derivatives[0];
    // A constant stays one even where g has an infinite slope.
    if (still) return out;
    let power = moving, factor = 1;
    for (let k = 1; k <= order; k += 1) {
      if (k > 1) power = multiply(power, moving, scratch[1 + k % 2]);
      factor /= k;
      for (let m = 1; m < out.length; m += 1) out[m] += factor * derivatives[k] * power[m];
    }
    return out;
  };

  // x^p and its derivatives; a factor of 0 wins over an infinite power.
  const power = p => x => {
    const out = [];
    for (let k = 0, factor = 1; k <= 4; factor *= p - k, k += 1) out.push(factor === 0 ? 0 : factor * x ** (p - k));
    return out;
  };
  const raise = (a, b, out) => {
    if (b.every((x, k) => k === 0 || x === 0)) return compose(a, power(b[0])(a[0]), out);
    return apply("exp", multiply(b, apply("log", a)), out);
  };

  const sigmoid = x => { const small = Math.exp(-Math.abs(x)); return (x >= 0 ? 1 : small) / (1 + small); };
  const softplus = x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const logarithm = (value, x, base) =>
    [value, 1 / (x * base), -1 / (x * x * base), 2 / (x ** 3 * base), -6 / (x ** 4 * base)];
  const arc = (value, x, side) => {
    const r = 1 / Math.sqrt(1 - x * x), cube = r ** 3;
    const fourth = x * (9 + 15 * x * x * r * r) * cube * r * r;
    return [value, side * r, side * x * cube, side * (cube + 3 * x * x * cube * r * r), side * fourth];
  };

  // The value and the first four derivatives of each function.
  const FUNCTIONS = {
    step: x => [x > 0 ? 1 : 0, 0, 0, 0, 0],
    abs: x => [Math.abs(x), Math.sign(x), 0, 0, 0],
    sign: x => [Math.sign(x), 0, 0, 0, 0],
    // At the kink the mean of both sides, as in a formula; `ramp` takes the side on which it is 0.
    relu: x => [Math.max(x, 0), (1 + Math.sign(x)) / 2, 0, 0, 0],
    ramp: x => (x > 0 ? [x, 1, 0, 0, 0] : [0, 0, 0, 0, 0]),
    sin: x => { const [s, c] = [Math.sin(x), Math.cos(x)]; return [s, c, -s, -c, s]; },
    cos: x => { const [s, c] = [Math.sin(x), Math.cos(x)]; return [c, -s, -c, s, c]; },
    tan: x => {
      const y = Math.tan(x), slope = 1 + y * y;
      return [y, slope, 2 * y * slope, (2 + 6 * y * y) * slope, (16 + 24 * y * y) * y * slope];
    },
    asin: x => arc(Math.asin(x), x, 1),
    acos: x => arc(Math.acos(x), x, -1),
    atan: x => {
      const q = 1 / (1 + x * x);
      return [Math.atan(x), q, -2 * x * q * q, (6 * x * x - 2) * q ** 3, 24 * x * (1 - x * x) * q ** 4];
    },
    sinh: x => { const [s, c] = [Math.sinh(x), Math.cosh(x)]; return [s, c, s, c, s]; },
    cosh: x => { const [s, c] = [Math.sinh(x), Math.cosh(x)]; return [c, s, c, s, c]; },
    tanh: x => {
      const y = Math.tanh(x), slope = 1 - y * y;
      return [y, slope, -2 * y * slope, (6 * y * y - 2) * slope, (16 - 24 * y * y) * y * slope];
    },
    exp: x => new Array(5).fill(Math.exp(x)),
    sqrt: x => power(0.5)(x),
    log: x => logarithm(Math.log(x), x, 1),
    log2: x => logarithm(Math.log2(x), x, Math.LN2),
    log10: x => logarithm(Math.log10(x), x, Math.LN10),
    softplus: x => {
      const s = sigmoid(x), bend = s * (1 - s);
      return [softplus(x), s, bend, bend * (1 - 2 * s), bend * (1 - 6 * bend)];
    },
    sigmoid: x => {
      const s = sigmoid(x), slope = s * (1 - s), bend = slope * (1 - 2 * s);
      return [s, slope, bend, slope * (1 - 6 * slope), bend * (1 - 12 * slope)];
    },
  };
  const apply = (name, a, out) => compose(a, FUNCTIONS[name](a[0]), out);

  // The partial derivative by the variable `which`, of one order less.
  const partial = (a, which) => {
    const order = ORDER[a.length] - 1, out = ZERO[order].slice();
    for (let total = 0; total <= order; total += 1)
      for (let j = 0; j <= total; j += 1) {
        const i = total - j;
        out[index(i, j)] = which === 0 ? (i + 1) * a[index(i + 1, j)] : (j + 1) * a[index(i, j + 1)];
      }
    return out;
  };

  return { constant, variable, add, subtract, multiply, negate, scale, raise, apply, partial };
})();
