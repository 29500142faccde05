// Draws the figures of a report when they come near, in the colours of the reader's system.
(function () {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("appearance");
  const places = [...document.querySelectorAll("[data-figure]")];
  const drawn = new Set();
  let mode = system.matches ? "dark" : "light";

  // [value] takes the place of what is there; else changes go by key or position.
  function changed(value, change) {
    if (Array.isArray(change)) {
      return change[0];
    }
    const next = Array.isArray(value) ? [...value] : { ...value };
    for (const [key, inner] of Object.entries(change)) {
      next[key] = changed(value[key], inner);
    }
    return next;
  }

  function draw(place) {
    drawn.add(place);
    const stored = JSON.parse(document.getElementById(`data-${place.dataset.figure}`).textContent);
    const dark = mode === "dark" && stored.changes;
    const { data, layout } = dark ? changed(stored.light, stored.changes) : stored.light;
    window.Plotly.react(place, data, layout, JSON.parse(document.body.dataset.config));
  }

  function show(next) {
    mode = next;
    document.documentElement.dataset.mode = mode;
    if (button) {
      button.textContent = mode === "dark" ? "Light" : "Dark";
    }
    drawn.forEach(draw);
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting && !drawn.has(target)) {
          draw(target);
          near.unobserve(target);
        }
      }
    },
    { rootMargin: "600px" },
  );

  let before = mode;
  window.addEventListener("beforeprint", () => {
    before = mode;
    places.forEach((place) => drawn.add(place));
    show("light");
  });
  window.addEventListener("afterprint", () => show(before));
  system.addEventListener("change", () => show(system.matches ? "dark" : "light"));
  if (button) {
    button.addEventListener("click", () => show(mode === "dark" ? "light" : "dark"));
  }
  show(mode);
  places.forEach((place) => near.observe(place));
})();
