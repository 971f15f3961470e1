"use strict";
// What follows from the chosen settings: path, flow, equilibria, eigenvalues, multipliers, the largest stable step.
//
// `now` holds what is chosen: { rule, optimizer, h, beta, start, steps, flow, strengths }.
lab.motion = (data, game) => {
  const { path, multipliers } = lab.rules;
  const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const nearest = (points, to) => points.reduce((a, b) => (apart(b, to) < apart(a, to) ? b : a));
  const largest = values => Math.max(...values.map(value => Math.hypot(...value)));

  // Equilibria under the strengths as they are: those that Newton's method finds from the known ones, or from where the
  // path went if the program knows none.
  const equilibria = (terms, points) => {
    const found = [];
    for (const from of data.equilibria.length ? data.equilibria : [points[points.length - 1], points[0], [0, 0]]) {
      const at = game.equilibrium(from, terms);
      if (at && !found.some(known => apart(known, at) < 1e-9)) found.push(at);
    }
    return found;
  };

  // The step size up to which every multiplier lies inside the unit circle; 0 where there is none, Infinity where no
  // step size that is tried is too large.
  const limit = (J, rule, s) => {
    const outside = h => largest(multipliers(J, rule, { ...s, h: data.ratio.map(r => r * h) })) > 1 - 1e-12;
    let low = 1e-4, high = 1e-4;
    if (outside(low)) return 0;
    while (!outside(high)) {
      low = high;
      high *= 1.15;
      if (high > 1e4) return Infinity;
    }
    for (let k = 0; k < 40; k += 1) {
      const middle = Math.sqrt(low * high);
      if (outside(middle)) high = middle; else low = middle;
    }
    return high;
  };

  // The continuous motion over the same time, each player as fast as its step size makes it.
  const flow = (now, v, eigen) => {
    const speed = x => v(x).map((part, k) => part * data.ratio[k]);
    const dt = Math.min(now.h, 0.1 / Math.max(1e-3, largest([[0, 0], ...eigen])));
    const rounds = Math.min(8000, Math.ceil(now.steps * now.h / dt));
    return path(speed, now.start, "rk4", { h: [dt, dt] }, rounds).points;
  };

  return now => {
    const terms = game.withStrengths(now.strengths);
    const v = x => game.field(x, terms);
    const settings = {
      h: data.ratio.map(r => r * now.h), beta: now.beta, first: data.first, optimizer: now.optimizer,
      clamp: data.clip === null ? null : x => [Math.max(-data.clip, Math.min(data.clip, x[0])), x[1]],
    };
    const { points, left } = path(v, now.start, now.rule, settings, now.steps);
    const rest = equilibria(terms, points), at = rest.length ? nearest(rest, points[points.length - 1]) : null;
    const kink = at !== null && game.kinked(at, terms);
    const J = at && !kink ? game.jacobian(at, terms) : null;
    const eigen = J ? lab.eigenvalues(J) : [], mu = J ? multipliers(J, now.rule, settings) : null;
    return {
      v, points, left, rest, at, kink, eigen, mu,
      factor: mu && largest(mu),
      limit: mu && limit(J, now.rule, settings),
      away: at ? points.map(p => apart(p, at)) : [],
      flow: now.flow ? flow(now, v, eigen) : [],
    };
  };
};
