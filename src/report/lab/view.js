"use strict";
// Drawing: a canvas with a plane in it, its axes, and what the page shows there.
lab.view = (() => {
  // The colours of the program's pictures (Okabe and Ito 2008).
  const INK = "#262626", MUTED = "#666666", GRID = "#e8e8e8", GROWING = "#fbeeea";
  const PATH = "#0072b2", END = "#d55e00", START = "#009e73", FLOW = "#8a8a8a", ARROW = "#9a9a9a";

  const number = x => {
    if (!Number.isFinite(x)) return String(x);
    if (x === 0) return "0";
    const size = Math.abs(x), text = size >= 1e5 || size < 1e-3 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
    return text.replace("-", "−");
  };
  const complex = ([re, im]) => {
    if (im === 0) return number(re);
    return `${number(re)} ${im < 0 ? "−" : "+"} ${number(Math.abs(im))} i`;
  };
  // Values as text, a conjugate pair as one.
  const spectrum = values => values.filter(([, im]) => im >= 0)
    .map(([re, im]) => (im > 0 ? `${number(re)} ± ${number(im)} i` : number(re))).join(", ");

  // A tick distance of 1, 2 or 5 times a power of ten, of which about `count` fit.
  const gap = (span, count) => {
    const rough = span / count, ten = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map(m => m * ten).find(step => step >= rough);
  };

  // A sheet on a canvas: window [x0, x1, y0, y1] within margins [left, top, right, bottom].
  const sheet = (canvas, window_, margins) => {
    const scale = window.devicePixelRatio || 1, wide = canvas.clientWidth, high = canvas.clientHeight;
    const [pw, ph] = [Math.round(wide * scale), Math.round(high * scale)];
    if (canvas.width !== pw || canvas.height !== ph) { canvas.width = pw; canvas.height = ph; }
    const pen = canvas.getContext("2d"), [x0, x1, y0, y1] = window_, [left, top, right, bottom] = margins;
    const inner = { x: left, y: top, w: wide - left - right, h: high - top - bottom };
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const toX = x => inner.x + (x - x0) / (x1 - x0) * inner.w, toY = y => inner.y + (y1 - y) / (y1 - y0) * inner.h;
    const clipped = draw => {
      pen.save();
      pen.beginPath();
      pen.rect(inner.x, inner.y, inner.w, inner.h);
      pen.clip();
      draw();
      pen.restore();
    };
    return { pen, wide, high, inner, window: window_, toX, toY, clipped };
  };

  const blank = s => { s.pen.fillStyle = "#ffffff"; s.pen.fillRect(0, 0, s.wide, s.high); };

  // Ticks of an axis that shows logarithms: some digits of each power of ten where there are few powers, else powers.
  const powers = (low, high, count) => {
    const span = high - low, digits = span < 0.8 ? [1, 1.5, 2, 3, 4, 6, 8] : span < 2.5 ? [1, 2, 5] : [1];
    const step = span < 2.5 ? 1 : Math.max(1, gap(span, count)), found = [];
    for (let k = Math.floor(low); k <= high; k += 1) {
      if (k % step !== 0) continue;
      const text = digit => (Math.abs(k) > 3 ? `${digit}e${k}`.replace("-", "−") : number(Number(`${digit}e${k}`)));
      for (const digit of digits) found.push({ at: k + Math.log10(digit), text: text(digit) });
    }
    return found.filter(tick => tick.at >= low && tick.at <= high);
  };
  const ticks = (low, high, count) => {
    const step = gap(high - low, count), found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push({ at: k * step, text: number(Number((k * step).toPrecision(6))) });
    return found;
  };

  // Frame, ticks and names of both axes; `log` where the values upwards are logarithms.
  const axes = (s, across, up, size = 13, log = false) => {
    const { pen, inner, toX, toY, window: [x0, x1, y0, y1] } = s;
    pen.strokeStyle = MUTED;
    pen.fillStyle = INK;
    pen.lineWidth = 1;
    pen.font = `${size}px system-ui, sans-serif`;
    pen.strokeRect(inner.x, inner.y, inner.w, inner.h);
    pen.textAlign = "center";
    pen.textBaseline = "top";
    ticks(x0, x1, inner.w / 70).forEach(tick => pen.fillText(tick.text, toX(tick.at), inner.y + inner.h + 5));
    pen.fillText(across, inner.x + inner.w / 2, inner.y + inner.h + 8 + size);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    (log ? powers : ticks)(y0, y1, inner.h / 40).forEach(tick => pen.fillText(tick.text, inner.x - 5, toY(tick.at)));
    pen.save();
    pen.translate(size * 0.7, inner.y + inner.h / 2);
    pen.rotate(-Math.PI / 2);
    pen.textAlign = "center";
    pen.fillText(up, 0, 0);
    pen.restore();
  };

  const line = (s, points, style, width, dash = []) => {
    const { pen, toX, toY } = s;
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.lineJoin = "round";
    pen.beginPath();
    points.forEach(([x, y], k) => (k ? pen.lineTo(toX(x), toY(y)) : pen.moveTo(toX(x), toY(y))));
    pen.stroke();
    pen.setLineDash([]);
  };

  const dot = (s, [x, y], radius, style) => {
    const { pen, toX, toY } = s;
    pen.beginPath();
    pen.arc(toX(x), toY(y), radius, 0, 2 * Math.PI);
    pen.fillStyle = style;
    pen.fill();
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 1.5;
    pen.stroke();
  };

  const specks = (s, points, radius, style) => {
    s.pen.fillStyle = style;
    for (const [x, y] of points) s.pen.fillRect(s.toX(x) - radius, s.toY(y) - radius, 2 * radius, 2 * radius);
  };

  // A cross that stays readable on top of a dot.
  const cross = (s, [x, y], size) => {
    const { pen, toX, toY } = s;
    for (const [style, width] of [["#ffffff", 5], [INK, 2.2]]) {
      pen.strokeStyle = style;
      pen.lineWidth = width;
      pen.beginPath();
      for (const [a, b] of [[1, 1], [1, -1]]) {
        pen.moveTo(toX(x) - a * size, toY(y) - b * size);
        pen.lineTo(toX(x) + a * size, toY(y) + b * size);
      }
      pen.stroke();
    }
  };

  // Short streamlines of some pieces a side through the centres of equal cells, each with a head; darker where the field
  // is faster.
  const field = (s, v, cells, pieces) => {
    const { pen, window: [x0, x1, y0, y1], toX, toY } = s;
    const cell = (x1 - x0) / cells, found = [];
    for (let k = 0; k < cells * cells; k += 1) {
      const at = [x0 + cell * (k % cells + 0.5), y0 + (y1 - y0) / cells * (Math.floor(k / cells) + 0.5)];
      const speed = Math.hypot(...v(at));
      if (Number.isFinite(speed)) found.push({ at, speed });
    }
    const most = Math.max(...found.map(f => f.speed));
    const unit = at => { const [a, b] = v(at), size = Math.hypot(a, b); return size > 0 ? [a / size, b / size] : [0, 0]; };
    for (const { at, speed } of found) {
      if (!(speed > 1e-9 * most)) continue;
      const share = Math.sqrt(speed / most), step = 0.86 * cell * (0.35 + 0.65 * share) / (2 * pieces);
      const trace = sign => {
        const out = [];
        let here = at;
        for (let k = 0; k < pieces; k += 1) {
          const [a, b] = unit(here), mid = [here[0] + sign * a * step / 2, here[1] + sign * b * step / 2];
          const [c, d] = unit(mid);
          here = [here[0] + sign * c * step, here[1] + sign * d * step];
          out.push(here);
        }
        return out;
      };
      const ahead = trace(1), points = [...trace(-1).reverse(), at, ...ahead];
      const grey = Math.round(190 - 95 * share), style = `rgb(${grey}, ${grey}, ${grey})`;
      line(s, points, style, 1.3);
      const tip = ahead[pieces - 1], [a, b] = unit(tip), head = 5;
      pen.fillStyle = style;
      pen.beginPath();
      pen.moveTo(toX(tip[0]) + 2 * a, toY(tip[1]) - 2 * b);
      for (const side of [0.5, -0.5])
        pen.lineTo(toX(tip[0]) - head * (a + side * b), toY(tip[1]) + head * (b - side * a));
      pen.fill();
    }
  };

  // The complex plane: eigenvalues with the growing half shaded, or multipliers with the outside of the unit circle.
  const plane = (canvas, values, circle) => {
    const reach = Math.max(circle ? 1.25 : 0.1, 1.25 * Math.max(0, ...values.map(([re, im]) => Math.hypot(re, im))));
    const margins = [46, 8, 8, 38], shape = (canvas.clientWidth - 54) / (canvas.clientHeight - 46);
    const s = sheet(canvas, [-shape * reach, shape * reach, -reach, reach], margins);
    blank(s);
    s.clipped(() => {
      const { pen, inner, toX, toY } = s, radius = toX(1) - toX(0);
      pen.fillStyle = GROWING;
      if (circle) {
        pen.fillRect(inner.x, inner.y, inner.w, inner.h);
        pen.beginPath();
        pen.arc(toX(0), toY(0), radius, 0, 2 * Math.PI);
        pen.fillStyle = "#ffffff";
        pen.fill();
      } else pen.fillRect(toX(0), inner.y, inner.w, inner.h);
      line(s, [[-9 * reach, 0], [9 * reach, 0]], "#bbbbbb", 1);
      line(s, [[0, -reach], [0, reach]], circle ? "#bbbbbb" : INK, 1);
      if (circle) {
        pen.strokeStyle = INK;
        pen.lineWidth = 1;
        pen.beginPath();
        pen.arc(toX(0), toY(0), radius, 0, 2 * Math.PI);
        pen.stroke();
      }
      values.forEach(value => dot(s, value, 6, circle ? END : PATH));
      const lead = values.reduce((a, b) => (b[1] >= 0 && Math.hypot(...b) > Math.hypot(...a) ? b : a), [0, 0]);
      if (circle && Math.abs(Math.hypot(...lead) - 1) < 0.08) inset(s, lead);
    });
    axes(s, circle ? "Re μ" : "Re λ", circle ? "Im μ" : "Im λ", 12);
  };

  // The multipliers near the unit circle, enlarged, in a box within the circle.
  const inset = (s, lead) => {
    const half = Math.max(2.5 * Math.abs(Math.hypot(...lead) - 1), 1e-4), { pen, inner, toX, toY } = s;
    const side = 0.44 * inner.h, x = toX(-0.62), y = toY(0.55), on = Math.atan2(lead[1], lead[0]);
    const placed = ([re, im]) => [x + side * (re - lead[0] + half) / (2 * half), y + side * (half - im + lead[1]) / (2 * half)];
    pen.save();
    pen.beginPath();
    pen.rect(x, y, side, side);
    pen.fillStyle = "#ffffff";
    pen.fill();
    pen.clip();
    const arc = [];
    for (let k = -40; k <= 40; k += 1) arc.push([Math.cos(on + k * half / 20), Math.sin(on + k * half / 20)]);
    pen.beginPath();
    arc.map(placed).forEach(([a, b], k) => (k ? pen.lineTo(a, b) : pen.moveTo(a, b)));
    pen.strokeStyle = INK;
    pen.lineWidth = 1.5;
    pen.stroke();
    // The outside, shaded: as far as the box reaches.
    arc.slice().reverse().map(([a, b]) => placed([a * (1 + 9 * half), b * (1 + 9 * half)])).forEach(([a, b]) => pen.lineTo(a, b));
    pen.fillStyle = GROWING;
    pen.fill();
    pen.restore();
    pen.strokeStyle = MUTED;
    pen.lineWidth = 1;
    pen.strokeRect(x, y, side, side);
    const [a, b] = placed(lead);
    pen.beginPath();
    pen.arc(a, b, 5, 0, 2 * Math.PI);
    pen.fillStyle = END;
    pen.fill();
    pen.fillStyle = INK;
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "left";
    pen.fillText(`${number(2 * half)} wide`, x + 2, y + side + 11);
  };

  // Distances over the steps, upwards in powers of ten, with the predicted line beside them.
  const distances = (canvas, away, factor, shown) => {
    const logs = away.map(x => Math.log10(Math.max(x, 1e-17)));
    const drawn = logs.filter(x => x > -17);
    const [least, most] = drawn.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
    const low = drawn.length ? least : 0, high = Math.max(most, low + 0.3), pad = 0.06 * (high - low);
    const s = sheet(canvas, [0, Math.max(1, away.length - 1), low - pad, high + pad], [66, 8, 26, 38]);
    blank(s);
    s.clipped(() => {
      powers(low - pad, high + pad, 5).forEach(({ at }) => line(s, [[0, at], [away.length, at]], GRID, 1));
      const thin = Math.max(1, Math.floor(away.length / 1500));
      const points = logs.map((y, k) => [k, y]).filter(([k]) => k % thin === 0 && k <= shown);
      line(s, points, PATH, 2);
      if (factor > 0) {
        const slope = Math.log10(factor);
        line(s, [[0, logs[0]], [away.length, logs[0] + slope * away.length]], END, 2, [7, 5]);
      }
    });
    axes(s, "steps", "distance", 12, true);
  };

  return { PATH, END, START, FLOW, ARROW, number, complex, spectrum, sheet, blank, axes, line, dot, specks, cross, field, plane, distances };
})();
