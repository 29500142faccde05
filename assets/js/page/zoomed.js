// A figure of which a part is shown has a button that shows the whole: two clicks do the same, which
// nobody can know.
(function () {
  const FIGURES = "#workspace .js-plotly-plot";

  const axesOf = (layout) => Object.keys(layout || {}).filter((key) => /^[xy]axis\d*$/.test(key))
    .map((key) => [key, layout[key]]);

  // Of what an axis shows so much may be missing: square cells make ranges a little longer or shorter
  // where a figure takes another size.
  const SLACK = 0.02;

  // Where each axis began, of those that show less now: what `relayout` takes. One that had no range
  // to begin with was as large as what is drawn.
  function whole(gd) {
    const found = {};
    for (const [key, axis] of axesOf(gd._fullLayout)) {
      const [first, last] = [axis._rangeInitial0, axis._rangeInitial1];
      if (first === undefined) {
        if (axis.autorange === false && !axis.fixedrange) {
          found[`${key}.autorange`] = true;
        }
      } else if (isLess(axis.range, [first, last])) {
        found[`${key}.range`] = [first, last];
      }
    }
    return found;
  }

  function isLess(range, began) {
    const slack = Math.abs(began[1] - began[0]) * SLACK;
    return Math.min(...range) > Math.min(...began) + slack || Math.max(...range) < Math.max(...began) - slack;
  }

  function follow(gd) {
    const frame = gd.closest(".figure-frame");
    let button = frame?.parentElement.querySelector(":scope > .whole-figure");
    const zoomed = Object.keys(whole(gd)).length > 0;
    if (!frame || zoomed === Boolean(button)) {
      return;
    }
    if (!zoomed) {
      const focused = button === document.activeElement;
      button.remove();
      if (focused) {
        frame.focus();
      }
      return;
    }
    button = document.createElement("button");
    button.type = "button";
    button.className = "whole-figure";
    button.textContent = "Whole figure";
    button.title = "Shows all of it again, as two clicks into the figure do";
    button.addEventListener("click", () => window.Plotly.relayout(gd, whole(gd)));
    // Beside the frame, not in it: there it would go along with what scrolls.
    frame.before(button);
  }

  const watched = new WeakSet();
  function watch(gd) {
    if (!watched.has(gd) && typeof gd.on === "function") {
      watched.add(gd);
      gd.on("plotly_afterplot", () => follow(gd));
    }
  }

  window.atlasDom.whenDrawn(() => document.querySelectorAll(FIGURES).forEach(watch));
  window.atlasZoomed = { whole };
})();
