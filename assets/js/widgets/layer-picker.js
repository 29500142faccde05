// A layer and a checkpoint chosen in the small matrix of r, or by one of its buttons.
(function () {
  const skip = () => window.dash_clientside.no_update;
  let presses = 0;
  let chosen = [];

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-place]");
    if (button) {
      presses += 1;
      const place = JSON.parse(button.dataset.place);
      // The count makes every press another one, also of the same button.
      window.dash_clientside.set_props("predictors-place", { data: { place, presses } });
    }
  });

  // Dash leaves the custom data of a matrix out of a click.
  function placeOf(click, figure) {
    const point = click && click.points && click.points[0];
    const rows = figure && figure.data[0] && figure.data[0].customdata;
    return point && rows && rows[point.y] && rows[point.y][point.x];
  }

  function goToPlace(click, pressed, figure) {
    const by = window.dash_clientside.callback_context.triggered.map((t) => t.prop_id);
    const isButton = by.includes("predictors-place.data");
    const place = isButton ? pressed && pressed.place : placeOf(click, figure);
    if (!Array.isArray(place) || place.length !== 2) {
      return [skip(), skip(), skip()];
    }
    // Forgotten at once, so that the same cell can be clicked again.
    return [place[0], place[1], null];
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
