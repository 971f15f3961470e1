"use strict";
// Moves through recorded steps by a slider and a button. `draw` shows the step at which the slider stands; it is called
// once for the last one.
const moveThrough = (count, draw) => {
  const byId = id => document.getElementById(id);
  const slider = byId("step"), note = byId("note"), play = byId("play");
  let timer = 0;
  function stop() {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
    note.removeAttribute("aria-live");
  }
  function start() {
    if (slider.valueAsNumber >= count - 1) slider.value = 0;
    note.setAttribute("aria-live", "off");
    play.textContent = "Pause";
    draw();
    timer = window.setInterval(() => {
      if (slider.valueAsNumber >= count - 1) return stop();
      slider.value = slider.valueAsNumber + 1;
      draw();
    }, 200);
  }
  byId("stage").hidden = false;
  slider.value = count - 1;
  slider.addEventListener("input", () => { stop(); draw(); });
  play.addEventListener("click", () => timer ? stop() : start());
  draw();
};
