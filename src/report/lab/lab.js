"use strict";
// The page's controls: what is chosen, and when it is drawn.
(() => {
  const byId = id => document.getElementById(`lab-${id}`);
  const data = JSON.parse(byId("data").textContent);
  const V = lab.view, say = lab.say, game = lab.game(data), motion = lab.motion(data, game);
  const { RULES, OPTIMIZERS } = lab.rules, [NAME_D, NAME_G] = data.names;
  const plane = byId("plane"), swap = ([a, b]) => [b, a];

  // What the scenario says; `now` is what the reader makes of it.
  const given = { ...data.given, strengths: data.terms.map(term => term.strength), zoom: 1, flow: false };
  let now = structuredClone(given), computed = null, shown = Infinity, timer = 0;

  // The plane's window, generator across: around an equilibrium, or 0, as far as the given path goes within five times
  // its start's distance.
  const [middleD, middleG] = data.equilibria[0] || [0, 0];
  const off = ([d, g]) => Math.max(Math.abs(d - middleD), Math.abs(g - middleG));
  const reach = (() => {
    const first = Math.max(0.2, off(given.start)), all = motion(given).points.map(off).filter(x => x < 5 * first);
    return 1.15 * all.reduce((a, b) => Math.max(a, b), 1.2 * first);
  })();
  const frame = () => {
    const half = reach * now.zoom;
    return [middleG - half, middleG + half, middleD - half, middleD + half];
  };

  // Field and axes stay as they are while a path changes.
  let backdrop = null, drawnFor = "";
  function background(s) {
    const key = JSON.stringify([now.strengths, s.window, plane.width]);
    if (key !== drawnFor) {
      V.blank(s);
      // A long formula is drawn with fewer and straight arrows.
      const [cells, pieces] = data.ops.length > 1000 ? [13, 1] : [21, 4];
      s.clipped(() => V.field(s, at => swap(computed.v(swap(at))), cells, pieces));
      V.axes(s, `${NAME_G} (generator)`, `${NAME_D} (discriminator)`, 14);
      backdrop = backdrop || document.createElement("canvas");
      [backdrop.width, backdrop.height] = [plane.width, plane.height];
      backdrop.getContext("2d").drawImage(plane, 0, 0);
      drawnFor = key;
    }
    s.pen.drawImage(backdrop, 0, 0, s.wide, s.high);
  }

  function drawPlane(c) {
    const s = V.sheet(plane, frame(), [62, 10, 10, 46]);
    background(s);
    const points = c.points.slice(0, Math.min(shown, c.points.length - 1) + 1).map(swap);
    s.clipped(() => {
      V.line(s, c.flow.map(swap), V.FLOW, 2, [6, 5]);
      V.line(s, points, V.PATH, 2);
      if (points.length <= 200) V.specks(s, points, 2.5, V.PATH);
      V.dot(s, swap(now.start), 8, V.START);
      V.dot(s, points[points.length - 1], 7, V.END);
      c.rest.forEach(p => V.cross(s, swap(p), 7));
    });
  }

  function show(c) {
    drawPlane(c);
    V.plane(byId("eigen"), c.eigen, false);
    V.plane(byId("mu"), c.mu || [], true);
    V.distances(byId("distance"), c.away, c.factor, shown);
    const names = [NAME_D, NAME_G];
    const said = { where: say.where(c, names), flow: say.flow(c), rule: say.rule(c), limit: say.limit(c), end: say.end(c, now.steps) };
    for (const [id, text] of Object.entries(said)) byId(`say-${id}`).textContent = text;
    const label = (id, text) => byId(id).setAttribute("aria-label", text);
    label("plane", `The plane of ${NAME_G} and ${NAME_D} with field and path; the arrow keys move the start. End: ${said.end}`);
    label("eigen", `Eigenvalues: ${said.flow}`);
    label("mu", `Multipliers: ${c.mu ? `${V.spectrum(c.mu)}; ` : ""}${said.rule}`);
    label("distance", `Distance from the equilibrium over the steps, upwards in powers of ten. End: ${said.end}`);
  }

  // One drawing a frame, however many events arrive.
  let waiting = false, stale = true;
  function redraw(fresh = true) {
    stale = stale || fresh;
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(() => {
      waiting = false;
      if (stale) computed = motion(now);
      stale = false;
      show(computed);
    });
  }
  function changed() {
    stop();
    write();
    redraw();
  }

  // Sliders: where each value lives, and its scale.
  const log = { to: Math.log10, from: x => Number((10 ** x).toPrecision(3)) }, plain = { to: x => x, from: x => x };
  const sliders = [
    { id: "h", scale: log, get: () => now.h, set: x => { now.h = x; } },
    { id: "steps", scale: { to: Math.log10, from: x => Math.round(10 ** x) }, get: () => now.steps, set: x => { now.steps = x; } },
    { id: "beta", scale: plain, get: () => now.beta, set: x => { now.beta = x; } },
    ...[0, 1].map(k => ({ id: `start-${k}`, scale: plain, get: () => now.start[k], set: x => { now.start[k] = x; } })),
    ...data.terms.map((_, k) => ({
      id: `term-${k}`, scale: plain, get: () => now.strengths[k], set: x => { now.strengths[k] = x; },
    })),
  ];
  const rule = byId("rule"), optimizer = byId("optimizer"), flow = byId("flow"), play = byId("play");

  // Puts what is chosen into the controls.
  function write() {
    for (const { id, scale, get } of sliders) {
      const slider = byId(id), text = V.number(get());
      slider.value = scale.to(get());
      slider.setAttribute("aria-valuetext", text);
      byId(`${id}-out`).textContent = text;
    }
    rule.value = now.rule;
    optimizer.value = now.optimizer;
    flow.checked = now.flow;
    optimizer.disabled = !RULES[now.rule].optimizers;
    byId("beta").disabled = optimizer.disabled || !OPTIMIZERS[now.optimizer].beta;
    byId("formula").textContent = RULES[now.rule].formula;
  }

  function stop() {
    window.cancelAnimationFrame(timer);
    timer = 0;
    shown = Infinity;
    play.textContent = "Play";
  }
  function start() {
    const began = performance.now(), total = computed.points.length - 1;
    play.textContent = "Stop";
    const tick = moment => {
      shown = Math.floor(total * Math.min(1, Math.max(0, moment - began) / 8000));
      show(computed);
      if (shown >= total) stop(); else timer = window.requestAnimationFrame(tick);
    };
    timer = window.requestAnimationFrame(tick);
  }

  // The start moves with the pointer or the arrow keys.
  function pointed(event) {
    const box = plane.getBoundingClientRect(), [x0, x1, y0, y1] = frame();
    const [w, h] = [box.width - 72, box.height - 56];
    const g = x0 + (event.clientX - box.left - 62) / w * (x1 - x0), d = y1 - (event.clientY - box.top - 10) / h * (y1 - y0);
    now.start = [Math.min(y1, Math.max(y0, d)), Math.min(x1, Math.max(x0, g))];
    changed();
  }
  function listen() {
    for (const { id, scale, set } of sliders)
      byId(id).addEventListener("input", event => { set(scale.from(event.target.valueAsNumber)); changed(); });
    rule.addEventListener("change", () => { now.rule = rule.value; changed(); });
    optimizer.addEventListener("change", () => { now.optimizer = optimizer.value; changed(); });
    flow.addEventListener("change", () => { now.flow = flow.checked; changed(); });
    byId("reset").addEventListener("click", () => { now = structuredClone(given); changed(); });
    for (const [id, by] of [["in", 1 / 1.4], ["out", 1.4]])
      byId(id).addEventListener("click", () => { now.zoom *= by; redraw(false); });
    play.addEventListener("click", () => { if (timer) { stop(); redraw(false); } else start(); });
    byId("large").addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen(); else byId("stage").requestFullscreen();
    });
    plane.addEventListener("pointerdown", event => { plane.setPointerCapture(event.pointerId); pointed(event); });
    plane.addEventListener("pointermove", event => { if (plane.hasPointerCapture(event.pointerId)) pointed(event); });
    plane.addEventListener("keydown", event => {
      const way = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const [x0, x1] = frame(), step = (x1 - x0) / (event.shiftKey ? 20 : 100);
      now.start = now.start.map((x, k) => x + step * way[k]);
      changed();
    });
    new ResizeObserver(() => redraw(false)).observe(plane);
  }

  // The page's own arithmetic against the program's.
  const worst = game.check(), fine = worst <= 1e-9;
  byId("check").textContent = fine
    ? `The field computed here agrees with the program's at ${data.check.length} points (largest difference ${worst.toExponential(1)}).`
    : `Do not trust this section: the field computed here differs from the program's by ${worst.toExponential(1)}.`;
  byId("check").classList.toggle("alarm", !fine);

  byId("wait").remove();
  byId("stage").hidden = false;
  write();
  listen();
  redraw();
})();
