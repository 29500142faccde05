// What stands out stands out with one method: its pair is selected with that method.
(function () {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-select]");
    const item = chosen && chosen.closest("[data-method]");
    if (!item) {
      return;
    }
    const choose = () => window.dash_clientside.set_props("method", { value: item.dataset.method });
    // After the selection, which waits for its mark to be painted: a control that is moved before
    // would take the old selection along.
    window.requestAnimationFrame(() => window.setTimeout(() => window.setTimeout(choose, 0), 0));
  });

  // A point of the first figure is a method: a click shows its matrix.
  const watched = new WeakSet();

  function watch() {
    const plot = document.querySelector("#overview-methods-graph .js-plotly-plot");
    if (!plot || watched.has(plot) || typeof plot.on !== "function") {
      return;
    }
    watched.add(plot);
    plot.on("plotly_click", ({ points }) => {
      const method = points && points[0] && points[0].customdata;
      if (typeof method === "string") {
        window.dash_clientside.set_props("method", { value: method });
        document.getElementById("tab-transfer")?.click();
      }
    });
  }

  window.atlasDom.whenDrawn(watch);
})();
