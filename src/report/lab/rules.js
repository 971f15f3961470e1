"use strict";
// Rules that move a point by a field, and what they do near an equilibrium.
//
// A rule is one function: it takes the field, the point x = [d, g], what it keeps between rounds, and settings
// { h: [of d, of g], beta, first }, and gives the next point and what it keeps. Nothing else is needed: run on the
// linear field J x, its rounds are a linear map of point and memory, and the eigenvalues of that map are its multipliers.
lab.rules = (() => {
  const along = (x, h, v) => x.map((value, k) => value + h[k] * v[k]);

  // How one player's parameter moves along its velocity: [move, memory] from velocity, memory and settings.
  const OPTIMIZERS = {
    plain: { keeps: 0, move: v => [v, []] },
    momentum: {
      keeps: 1, beta: true,
      move: (v, [m], { beta }) => [beta * m + v, [beta * m + v]],
    },
    nesterov: {
      keeps: 1, beta: true,
      move: (v, [m], { beta }) => { const next = beta * m + v; return [v + beta * next, [next]]; },
    },
    adam: {
      keeps: 3, beta: true, nonlinear: true,
      move: (v, [m, s, count], { beta }) => {
        const t = count + 1, mean = beta * m + (1 - beta) * v, squares = 0.999 * s + 0.001 * v * v;
        const move = mean / (1 - beta ** t) / (Math.sqrt(squares / (1 - 0.999 ** t)) + 1e-8);
        return [move, [mean, squares, t]];
      },
    },
  };

  const updated = (x, k, v, memory, s) => {
    const [move, kept] = OPTIMIZERS[s.optimizer].move(v, memory[k], s);
    memory[k] = kept;
    const out = x.slice();
    out[k] += s.h[k] * move;
    return s.clamp ? s.clamp(out) : out;
  };
  const empty = s => [0, 1].map(() => new Array(OPTIMIZERS[s.optimizer].keeps).fill(0));

  // Each: its formula, the memory before the first round, one round.
  const RULES = {
    simultaneous: {
      formula: "x⁺ = x + h v(x)", optimizers: true, start: empty,
      round: (field, x, kept, s) => {
        const v = field(x), memory = kept.slice();
        const d = updated(x, 0, v[0], memory, s);
        return [updated(d, 1, v[1], memory, s), memory];
      },
    },
    alternating: {
      formula: "one player after the other; the second sees the first one's new parameter",
      optimizers: true, start: empty,
      round: (field, x, kept, s) => {
        const memory = kept.slice();
        for (const k of [s.first, 1 - s.first]) x = updated(x, k, field(x)[k], memory, s);
        return [x, memory];
      },
    },
    extragradient: {
      formula: "y = x + h v(x);  x⁺ = x + h v(y)", start: () => [],
      round: (field, x, _, { h }) => [along(x, h, field(along(x, h, field(x)))), []],
    },
    past: {
      formula: "y = x + s;  s⁺ = h v(y);  x⁺ = x + s⁺", start: () => [[0, 0]],
      round: (field, x, [last], { h }) => {
        const step = field(x.map((value, k) => value + last[k])).map((v, k) => h[k] * v);
        return [x.map((value, k) => value + step[k]), [step]];
      },
    },
    optimistic: {
      formula: "s⁺ = h v(x);  x⁺ = x + 2 s⁺ − s", start: () => [[0, 0]],
      round: (field, x, [last], { h }) => {
        const step = field(x).map((v, k) => h[k] * v);
        return [x.map((value, k) => value + 2 * step[k] - last[k]), [step]];
      },
    },
    heun: {
      formula: "x⁺ = x + h (v(x) + v(x + h v(x))) / 2", start: () => [],
      round: (field, x, _, { h }) => {
        const one = field(x), two = field(along(x, h, one));
        return [along(x, h, one.map((v, k) => (v + two[k]) / 2)), []];
      },
    },
    rk4: {
      formula: "the classical four stages: the flow, up to h⁵ a step", start: () => [],
      round: (field, x, _, { h }) => {
        const half = h.map(size => size / 2);
        const one = field(x), two = field(along(x, half, one)), three = field(along(x, half, two));
        const four = field(along(x, h, three));
        return [along(x, h, one.map((v, k) => (v + 2 * two[k] + 2 * three[k] + four[k]) / 6)), []];
      },
    },
  };

  // The path of so many rounds; it ends early where it leaves the finite numbers or the bound.
  const path = (field, from, rule, settings, rounds, bound = 1e6) => {
    const out = [from];
    let x = from, kept = RULES[rule].start(settings);
    for (let k = 0; k < rounds; k += 1) {
      [x, kept] = RULES[rule].round(field, x, kept, settings);
      if (!(Math.hypot(...x) < bound)) return { points: out, left: k + 1 };
      out.push(x);
    }
    return { points: out, left: null };
  };

  // The multipliers at an equilibrium with Jacobian J; null for a rule whose round is not linear on a linear field.
  const multipliers = (J, rule, s) => {
    if (RULES[rule].optimizers && OPTIMIZERS[s.optimizer].nonlinear) return null;
    const linear = x => J.map(row => row[0] * x[0] + row[1] * x[1]);
    const shape = RULES[rule].start(s);
    const n = 2 + shape.flat().length;
    const columns = [];
    for (let k = 0; k < n; k += 1) {
      const unit = new Array(n).fill(0);
      unit[k] = 1;
      let next = 2;
      const kept = shape.map(part => part.map(() => unit[next++]));
      const [x, after] = RULES[rule].round(linear, unit.slice(0, 2), kept, { ...s, clamp: null });
      columns.push([...x, ...after.flat()]);
    }
    return lab.eigenvalues(columns[0].map((_, i) => columns.map(column => column[i])));
  };

  return { RULES, OPTIMIZERS, path, multipliers };
})();

// Eigenvalues of a small matrix, as [re, im] pairs: the characteristic polynomial by Faddeev and LeVerrier, its roots
// all at once by Durand and Kerner. Fit for four rows, not for forty.
lab.eigenvalues = rows => {
  const n = rows.length, trace = m => m.reduce((sum, row, i) => sum + row[i], 0);
  const times = (a, b) => a.map(row => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
  if (n === 2) {
    const half = trace(rows) / 2, det = rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0];
    // (a - d)^2 / 4 + b c loses fewer digits than trace^2 / 4 - det.
    const gap = ((rows[0][0] - rows[1][1]) / 2) ** 2 + rows[0][1] * rows[1][0], root = Math.sqrt(Math.abs(gap));
    if (gap < 0) return [[half, root], [half, -root]];
    const far = half + (half < 0 ? -root : root);
    return [[far, 0], [far === 0 ? half - root : det / far, 0]];
  }
  const c = [1];
  let m = rows.map(row => row.map(() => 0));
  for (let k = 1; k <= n; k += 1) {
    m = times(rows, m).map((row, i) => row.map((x, j) => x + (i === j ? c[k - 1] : 0)));
    c.push(-trace(times(rows, m)) / k);
  }
  const mul = ([a, b], [x, y]) => [a * x - b * y, a * y + b * x];
  const value = z => c.reduce((sum, ck) => { const [re, im] = mul(sum, z); return [re + ck, im]; }, [0, 0]);
  const reach = 1 + Math.max(...c.slice(1).map(Math.abs));
  let roots = rows.map((_, k) => [0.7 * reach * Math.cos(0.4 + 2 * Math.PI * k / n), 0.7 * reach * Math.sin(0.4 + 2 * Math.PI * k / n)]);
  for (let turn = 0; turn < 400; turn += 1) {
    let moved = 0;
    roots = roots.map((z, i) => {
      const below = roots.reduce((p, w, j) => (i === j ? p : mul(p, [z[0] - w[0], z[1] - w[1]])), [1, 0]);
      const size = below[0] ** 2 + below[1] ** 2 || 1e-300, step = mul(value(z), [below[0] / size, -below[1] / size]);
      moved = Math.max(moved, Math.hypot(...step));
      return [z[0] - step[0], z[1] - step[1]];
    });
    if (moved < 1e-15 * reach) break;
  }
  return roots.map(([re, im]) => (Math.abs(im) < 1e-9 ? [re, 0] : [re, im]));
};
