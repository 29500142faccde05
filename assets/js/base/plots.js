// Clicks in one figure that mean something of its own, beside the selection (plotly-marks.js).
(function () {
  // does: is told the point that was clicked and the figure. A figure is drawn when it can be seen,
  // and may be made anew.
  function onPoint(card, does) {
    const watched = new WeakSet();
    window.atlasDom.whenDrawn(() => {
      const plot = document.querySelector(`#${card}-graph .js-plotly-plot`);
      if (!plot || watched.has(plot) || typeof plot.on !== "function") {
        return;
      }
      watched.add(plot);
      plot.on("plotly_click", ({ points }) => points && points[0] && does(points[0], plot));
    });
  }

  window.atlasPlots = { onPoint };
})();
