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
  window.atlasPlots.onPoint("overview-methods", ({ customdata: method }) => {
    if (typeof method === "string") {
      window.dash_clientside.set_props("method", { value: method });
      document.getElementById("tab-transfer")?.click();
    }
  });
})();
