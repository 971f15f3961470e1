// Draws the recorded frames that frames.rs packed into the page, and moves through them.
(() => {
  const byId = id => document.getElementById(id);
  const data = JSON.parse(byId("frames").textContent);
  const frames = data.frames;
  const [x0, x1, y0, y1] = data.window;
  const canvas = byId("canvas"), pen = canvas.getContext("2d");
  const slider = byId("step"), note = byId("note"), fixed = byId("fixed");
  const OUTSIDE = 65535, NOT_FINITE = 255, MARGIN = 26;

  const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const points = text => {
    const b = bytes(text), found = [];
    let outside = 0;
    for (let i = 0; i + 3 < b.length; i += 4) {
      const u = b[i] | (b[i + 1] << 8), v = b[i + 2] | (b[i + 3] << 8);
      if (u === OUTSIDE) { outside += 1; continue; }
      found.push([x0 + (x1 - x0) * u / 65534, y0 + (y1 - y0) * v / 65534]);
    }
    return { found, outside };
  };
  const real = points(data.real);
  const largest = Math.max(0, ...frames.map(f => f.landscape ? f.landscape.bound : 0));
  const number = v => Math.abs(v) >= 100 ? v.toFixed(0) : v.toPrecision(2);
  const whole = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  let side = 0, scale = 1;
  const toX = x => MARGIN + (x - x0) / (x1 - x0) * (side - 2 * MARGIN);
  const toY = y => side - MARGIN - (y - y0) / (y1 - y0) * (side - 2 * MARGIN);

  // Purple where the logit is negative, green where it is positive: the colours of the landscape pictures.
  const STOPS = [
    [142, 99, 166], [185, 151, 203], [224, 208, 230], [250, 250, 250], [210, 235, 204], [151, 207, 147], [79, 163, 94],
  ];
  const colour = t => {
    const at = (Math.max(-1, Math.min(1, t)) + 1) * 3, low = Math.min(5, Math.floor(at));
    return STOPS[low].map((from, i) => from + (STOPS[low + 1][i] - from) * (at - low));
  };

  function landscape(frame, bound) {
    const { side: n, logits, window: w } = frame.landscape;
    const sheet = document.createElement("canvas");
    sheet.width = sheet.height = n;
    const ink = sheet.getContext("2d"), image = ink.createImageData(n, n), b = bytes(logits);
    for (let i = 0; i < n * n; i += 1) {
      const row = n - 1 - Math.floor(i / n), at = 4 * (row * n + i % n);
      const t = bound > 0 ? (b[i] - 127) / 127 * frame.landscape.bound / bound : 0;
      const rgb = b[i] === NOT_FINITE ? [120, 120, 120] : colour(t);
      image.data.set([rgb[0], rgb[1], rgb[2], 255], at);
    }
    ink.putImageData(image, 0, 0);
    // The grid's points are the centres of the sheet's pixels, both ends of the window included.
    const hx = (w[1] - w[0]) / (n - 1) / 2, hy = (w[3] - w[2]) / (n - 1) / 2;
    const left = toX(w[0] - hx), top = toY(w[3] + hy);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(sheet, left, top, toX(w[1] + hx) - left, toY(w[2] - hy) - top);
  }

  function circles() {
    pen.strokeStyle = "#2b3442";
    pen.lineWidth = 1;
    for (const [x, y, a, b, angle] of data.modes) {
      const unit = (side - 2 * MARGIN) / (x1 - x0);
      pen.beginPath();
      pen.ellipse(toX(x), toY(y), Math.max(a * unit, 1), Math.max(b * unit, 1), -angle, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  function scatter(cloud, radius, style, filled) {
    pen.fillStyle = pen.strokeStyle = style;
    pen.lineWidth = 1;
    for (const [x, y] of cloud.found) {
      pen.beginPath();
      pen.arc(toX(x), toY(y), radius, 0, 2 * Math.PI);
      if (filled) pen.fill(); else pen.stroke();
    }
  }

  function histogram(cloud, style, filled) {
    const bins = 60, counts = new Array(bins).fill(0), wide = (side - 2 * MARGIN) / bins;
    for (const [x] of cloud.found) counts[Math.min(bins - 1, Math.floor((x - x0) / (x1 - x0) * bins))] += 1;
    const share = counts.map(c => c / Math.max(1, cloud.found.length + cloud.outside));
    const most = Math.max(histogram.most || 0, 0.02, ...share);
    histogram.most = filled ? most : histogram.most;
    pen.fillStyle = pen.strokeStyle = style;
    pen.lineWidth = 2;
    share.forEach((s, i) => {
      const high = Math.min(1, s / most) * (side - 2 * MARGIN), left = MARGIN + i * wide;
      if (filled) pen.fillRect(left, side - MARGIN - high, wide, high);
      else if (s > 0) pen.strokeRect(left, side - MARGIN - high, wide, high);
    });
  }

  function axes() {
    const span = x1 - x0, rough = span / 5, ten = 10 ** Math.floor(Math.log10(rough));
    const gap = [1, 2, 5, 10].map(m => m * ten).find(s => s >= rough);
    pen.fillStyle = "#3c4350";
    pen.strokeStyle = "#8a909b";
    pen.lineWidth = 1;
    pen.font = "11px system-ui, sans-serif";
    pen.strokeRect(MARGIN, MARGIN, side - 2 * MARGIN, side - 2 * MARGIN);
    const label = v => String(Number(v.toPrecision(6)));
    pen.textAlign = "center";
    for (let x = Math.ceil(x0 / gap) * gap; x <= x1; x += gap) pen.fillText(label(x), toX(x), side - MARGIN + 15);
    if (data.dim < 2) return;
    pen.textAlign = "right";
    for (let y = Math.ceil(y0 / gap) * gap; y <= y1; y += gap) pen.fillText(label(y), MARGIN - 4, toY(y) + 4);
  }

  function draw() {
    const frame = frames[slider.valueAsNumber], made = points(frame.samples);
    side = canvas.clientWidth;
    scale = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(side * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, side, side);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN, MARGIN, side - 2 * MARGIN, side - 2 * MARGIN);
    pen.clip();
    if (frame.landscape) {
      const bound = fixed && fixed.checked ? largest : frame.landscape.bound;
      landscape(frame, bound);
      byId("low").textContent = number(-bound);
      byId("high").textContent = number(bound);
    }
    if (data.dim < 2) {
      histogram(real, "#b9bec7", true);
      histogram(made, "#d55e00", false);
    } else {
      scatter(real, 1.6, "rgba(43, 52, 66, 0.55)", false);
      circles();
      scatter(made, 2.4, "rgba(213, 94, 0, 0.8)", true);
    }
    pen.restore();
    axes();
    say(frame, made);
  }

  function say(frame, made) {
    const all = made.found.length + made.outside;
    const lost = made.outside ? `outside the window: ${made.outside} of ${whole(all)} samples` : "";
    const measured = [frame.note, lost].filter(Boolean).join("; ");
    const told = `Step ${whole(frame.step)}${measured ? ": " : ""}${measured}`;
    note.textContent = told;
    slider.setAttribute("aria-valuetext", `step ${whole(frame.step)}`);
    canvas.setAttribute("aria-label", `${made.found.length} generated samples over the data. ${told}`);
  }

  moveThrough(frames.length, draw);
  if (fixed) fixed.addEventListener("change", draw);
  new ResizeObserver(() => { if (canvas.clientWidth !== side) draw(); }).observe(canvas);
})();
