// The panel takes room: what was selected stays in sight, and a cell that was clicked under the
// pointer, as far as the page can be scrolled for it.
(function () {
  const MARK = ".selection-marks > .exact";
  let held = null;
  let heldAt = 0; // where its figure stood
  let pressedAt = null; // where the pointer was pressed, from above

  const figureOf = (element) => element.closest(".card-figure") || element;

  // Until somebody scrolls, presses or types: where they go then is theirs.
  function hold(from) {
    held = from && from.closest("#workspace") ? from : null;
    heldAt = held ? figureOf(held).getBoundingClientRect().top : 0;
  }

  // By how much the page is scrolled so that what has these ends is where the pointer was pressed.
  const toPointer = ({ top, bottom }, at) => (at >= top && at <= bottom ? 0 : (top + bottom) / 2 - at);

  // By how much the page is scrolled to the right so that a figure beside the panel is seen, whole or
  // from its left edge on.
  const intoSight = (figure, { left, right }) =>
    Math.max(0, Math.min(figure.right - right, figure.left - left));

  function sideways(workspace, figure) {
    const { left, right } = workspace.getBoundingClientRect();
    const [before, after] = ["paddingLeft", "paddingRight"].map((side) =>
      parseFloat(window.getComputedStyle(workspace)[side]));
    workspace.scrollLeft += intoSight(figure.getBoundingClientRect(),
      { left: left + before, right: right - after });
  }

  // Where a figure has no room beside another any more it goes below that: the window goes along.
  // Sentences that take more lines and cells that shrink move a cell within its figure.
  function keepInSight() {
    if (!held || !held.isConnected) {
      return;
    }
    const workspace = document.getElementById("workspace");
    const mark = held.querySelector(MARK) || held;
    workspace.scrollTop += figureOf(held).getBoundingClientRect().top - heldAt;
    if (pressedAt !== null && mark.matches("rect")) {
      workspace.scrollTop += toPointer(mark.getBoundingClientRect(), pressedAt);
    }
    sideways(workspace, figureOf(held));
    // What is larger than the window cannot be brought into it.
    if (!mark.matches(".js-plotly-plot")) {
      mark.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  ["pointerdown", "wheel", "touchmove", "keydown"].forEach((kind) => {
    document.addEventListener(kind, (event) => {
      pressedAt = kind === "pointerdown" ? event.clientY : null;
      hold(null);
    }, { capture: true, passive: true });
  });

  // Before the next frame is painted, so that nothing is seen to jump.
  const room = new ResizeObserver(keepInSight);
  const roomy = new WeakSet();
  function watchRoom() {
    document.querySelectorAll("#workspace, #workspace .page").forEach((part) => {
      if (!roomy.has(part)) {
        roomy.add(part);
        room.observe(part);
      }
    });
  }

  window.atlasHeld = { hold, keepInSight, watchRoom, toPointer, intoSight };
})();
