// A layer and a checkpoint chosen in the small matrix of r, or by one of its buttons.
(function () {
  const skip = () => window.dash_clientside.no_update;
  let presses = 0;
  let chosen = [];

  // The count makes every press another one, also of the same button.
  function press(place) {
    presses += 1;
    window.dash_clientside.set_props("predictors-place", { data: { place, presses } });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-place]");
    if (button) {
      press(JSON.parse(button.dataset.place));
    }
  });

  window.atlasPlots.onPoint("predictors-sweep", (point, plot) => {
    const rows = plot.data[0].customdata;
    const place = rows && rows[point.y] && rows[point.y][point.x];
    if (place) {
      press(place);
    }
  });

  function goToPlace(pressed) {
    const place = pressed && pressed.place;
    return Array.isArray(place) && place.length === 2 ? place : [skip(), skip()];
  }

  // The table is not drawn anew for another choice, so that the keyboard stays where it is.
  function markPlace(layer, checkpoint) {
    chosen = [String(layer), String(checkpoint)];
    mark();
  }

  function mark() {
    for (const button of document.querySelectorAll("[data-place]")) {
      const [layer, checkpoint] = JSON.parse(button.dataset.place);
      const on = layer === chosen[0] && checkpoint === chosen[1];
      button.setAttribute("aria-pressed", String(on));
    }
  }

  document.addEventListener("atlas:fetched", mark);

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, {
    goToPlace,
    markPlace,
  });
})();
