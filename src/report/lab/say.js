"use strict";
// What is computed, in words.
lab.say = (() => {
  const { number, spectrum } = lab.view;

  const where = (c, names) => {
    if (!c.at) return "none is known for these strengths";
    const place = `(${names.join(", ")}) = (${c.at.map(number).join(", ")})`;
    return c.kink ? `${place}, where the field has no derivative: eigenvalues say nothing` : place;
  };

  // Whether zero is an eigenvalue: then terms of higher order decide.
  const undecided = c => {
    const sizes = c.eigen.map(e => Math.hypot(...e));
    return Math.min(...sizes) <= 1e-9 * Math.max(...sizes);
  };

  const flow = c => {
    if (!c.eigen.length) return "–";
    const size = Math.max(...c.eigen.map(e => Math.hypot(...e))), real = Math.max(...c.eigen.map(e => e[0]));
    const says = undecided(c) ? "zero is among them: linearisation does not decide"
      : Math.abs(real) <= 1e-9 * size ? "on the axis: the flow goes round"
      : real < 0 ? "left of the axis: the flow closes in" : "right of the axis: the flow leaves";
    return `${spectrum(c.eigen)}; ${says}`;
  };

  const rule = c => {
    if (!c.at || c.kink) return "–";
    if (!c.mu) return "none: Adam's steps depend on what it remembers";
    if (undecided(c)) return "1 is among them: linearisation does not decide";
    const apart = c.factor - 1;
    const says = Math.abs(apart) < 1e-9 ? "on the unit circle: neither nearer nor farther"
      : apart < 0 ? "inside the unit circle: it closes in" : "outside the unit circle: it moves away";
    return `largest |μ| = ${c.factor.toFixed(6)}; ${says}`;
  };

  const limit = c => {
    if (!c.mu || undecided(c)) return "–";
    if (c.limit === 0) return "for no step size";
    return Number.isFinite(c.limit) ? `for h below ${number(c.limit)}` : "for every h tried, up to 10,000";
  };

  const end = (c, steps) => {
    if (c.left !== null) return `left every bound at step ${c.left}`;
    const place = `(${c.points[c.points.length - 1].map(number).join(", ")}) after ${steps} steps`;
    return c.at ? `${place}, ${number(c.away[c.away.length - 1])} from the equilibrium` : place;
  };

  return { where, flow, rule, limit, end };
})();
