// Where the panel stands: at the right, over what is not seen of the figures then, or at the left over
// the controls, where it covers no figure. Who moved it finds it there the next time.
(function () {
  const KEPT = "transfer-atlas-panel";
  const WIDEST_PHONE = 760; // pixels of a window in which it is a sheet from below
  const root = document.documentElement;
  let left = false;
  try {
    left = window.localStorage.getItem(KEPT) === "left";
  } catch {
    // At the right, then.
  }

  // Over the controls only while they are open beside the figures.
  const side = ({ wanted, folded, width }) =>
    (wanted && !folded && width > WIDEST_PHONE ? "left" : "right");

  function place() {
    const panel = document.getElementById("panel");
    if (!panel) {
      return;
    }
    const folded = root.getAttribute("data-rail") === "folded";
    const over = side({ wanted: left, folded, width: window.innerWidth }) === "left";
    root.toggleAttribute("data-over", over && !panel.hidden);
    // What keeps its width beside the panel asks whether it is there.
    document.getElementById("workspace").toggleAttribute("data-beside", !over && !panel.hidden);
    const button = document.getElementById("panel-side");
    button.title = over ? "To the right: the controls come back" : "To the left: over the controls";
    button.setAttribute("aria-label", button.title);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#panel-side")) {
      return;
    }
    left = !left;
    try {
      window.localStorage.setItem(KEPT, left ? "left" : "right");
    } catch {
      // It holds for this page, then.
    }
    place();
    window.dispatchEvent(new Event("resize"));
  });
  // The controls were folded or unfolded, or the window has another width.
  window.addEventListener("resize", place);

  window.atlasPanelSide = { place, side };
})();
