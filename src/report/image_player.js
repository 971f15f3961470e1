// Shows the grids of images that image_frames.rs packed into the page.
(() => {
  const byId = id => document.getElementById(id);
  const frames = JSON.parse(byId("frames").textContent).frames;
  const made = byId("made"), slider = byId("step"), note = byId("note");
  const whole = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  moveThrough(frames.length, () => {
    const frame = frames[slider.valueAsNumber];
    const told = `Step ${whole(frame.step)}${frame.note ? ": " : ""}${frame.note}`;
    made.src = frame.image;
    made.alt = `Generated images. ${told}`;
    note.textContent = told;
    slider.setAttribute("aria-valuetext", `step ${whole(frame.step)}`);
  });
})();
