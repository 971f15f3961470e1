"use strict";
// The game of the page: its losses as lists of operations that the program wrote, its field and its Jacobian.
//
// What is added to the losses is the same as in the program's `game::analytic::regularized`:
//   gradient_norm  s |grad_of loss_of|^2 in the loss of `paid_by`      penalty  s P(d, g) in the discriminator's loss
//   decay          s / 2 theta_player^2 in the player's own            consensus  v becomes v - s J'v
// From jets of the losses everything follows by taking partial derivatives; nothing is differentiated by differences.
lab.game = data => {
  const J = lab.jet;
  const TWO = { "+": J.add, "-": J.subtract, "*": J.multiply, "^": J.raise };

  // Room for the values of all operations, one for each order: a path asks for thousands of them.
  const rooms = [0, 1, 2, 3, 4].map(() => null);
  const room = order => {
    rooms[order] = rooms[order] || data.ops.map(op => J.constant(order, typeof op === "number" ? op : 0));
    return rooms[order];
  };

  // The values of all operations at a point, as jets. An operation is a number, the name of a parameter, or
  // [operator, places of its operands].
  const values = (at, order) => {
    const out = room(order);
    data.ops.forEach((op, k) => {
      if (typeof op === "number") return;
      if (op === "d0") out[k] = J.variable(order, at[0], 0);
      else if (op === "g0") out[k] = J.variable(order, at[1], 1);
      else if (op.length === 3) TWO[op[0]](out[op[1]], out[op[2]], out[k]);
      else if (op[0] === "neg") J.negate(out[op[1]], out[k]);
      else J.apply(op[0], out[op[1]], out[k]);
    });
    return out;
  };

  const square = a => J.multiply(a, a);

  // The field before consensus as two jets of the given order.
  const descent = (at, terms, order) => {
    const deeper = terms.some(t => t.kind === "gradient_norm") ? 2 : 1;
    const jets = values(at, order + deeper), losses = data.losses.map(k => jets[k]);
    return [0, 1].map(player => {
      let total = losses[player];
      for (const t of terms) {
        const mine = { gradient_norm: t.paid_by, penalty: 0, decay: t.player }[t.kind] === player;
        if (!mine) continue;
        const added = {
          gradient_norm: () => square(J.partial(losses[t.of], t.of)),
          penalty: () => jets[t.place],
          decay: () => J.scale(0.5, square(J.variable(order + deeper, at[player], player))),
        }[t.kind]();
        total = J.add(total, J.scale(t.strength, added));
      }
      return J.negate(J.partial(total, player));
    });
  };

  const strong = terms => terms.filter(t => t.strength !== 0);

  // The field as two jets.
  const flow = (at, all, order) => {
    const terms = strong(all), consensus = terms.find(t => t.kind === "consensus");
    if (!consensus) return descent(at, terms, order);
    const v = descent(at, terms, order + 1);
    const energy = J.scale(0.5 * consensus.strength, J.add(square(v[0]), square(v[1])));
    return v.map((part, player) => J.subtract(part, J.partial(energy, player)));
  };

  // The terms with the strengths that the sliders show.
  const withStrengths = values => data.terms.map((term, k) => ({ ...term, strength: term.factor * values[k] }));

  const field = (at, terms) => flow(at, terms, 0).map(v => v[0]);
  // Rows: the discriminator's, the generator's.
  const jacobian = (at, terms) => flow(at, terms, 1).map(v => [v[1], v[2]]);

  // Whether the field has no derivative at a point, although each formula takes one side's there.
  const kinked = (at, terms) => {
    const e = 1e-6, v = field(at, terms), m = jacobian(at, terms);
    const size = Math.max(1e-3, ...m.flat().map(Math.abs));
    return [0, 1].some(k => [-e, e].some(step => {
      const there = field(at.map((x, i) => x + (i === k ? step : 0)), terms);
      return [0, 1].some(i => !(Math.abs(there[i] - v[i] - step * m[i][k]) < 1e-2 * size * e));
    }));
  };

  // The equilibrium that Newton's method finds from a point; null where it finds none.
  const equilibrium = (from, terms) => {
    let at = from.slice();
    for (let turn = 0; turn < 60; turn += 1) {
      const v = field(at, terms), [[a, b], [c, d]] = jacobian(at, terms);
      const size = Math.hypot(...v), det = a * d - b * c;
      if (size < 1e-13) return at;
      if (!Number.isFinite(size) || det === 0) return null;
      const step = [(-d * v[0] + b * v[1]) / det, (c * v[0] - a * v[1]) / det];
      at = at.map((x, k) => x + step[k]);
      if (Math.hypot(...step) < 1e-15 * (1 + Math.hypot(...at))) return Math.hypot(...field(at, terms)) < 1e-9 ? at : null;
    }
    return null;
  };

  // The largest difference from what the program computed, relative to its size, over the points it sent.
  const check = () => {
    let worst = 0;
    const off = (mine, given) => {
      const apart = Math.abs(mine - given) / Math.max(1, Math.abs(given));
      worst = Number.isFinite(apart) ? Math.max(worst, apart) : Infinity;
    };
    for (const sent of data.check) {
      const terms = withStrengths(sent.values);
      field(sent.at, terms).forEach((v, k) => off(v, sent.v[k]));
      if (sent.jacobian) jacobian(sent.at, terms).flat().forEach((x, k) => off(x, sent.jacobian[k]));
    }
    return worst;
  };

  return { withStrengths, field, jacobian, kinked, equilibrium, check };
};
