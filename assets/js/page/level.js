// Matrices beside each other stand on one line, however many lines their sentences have: the frame of
// each begins where the lowest of its row does. A row wraps as its figures have room, so that no grid
// of the style sheet knows which of them stand beside each other.
(function () {
  const ROWS = ".cards-matrices";
  const HEADS = `${ROWS} > .card-figure > :is(.finding, .above)`;
  const SAME = 2; // pixels by which tops of one row differ at most

  // heads: [{ top, head }], the top of each card and how far below it its figure would begin; how much
  // lower each has to begin.
  function lower(heads) {
    return heads.map(({ top, head }) => Math.max(
      ...heads.filter((one) => Math.abs(one.top - top) < SAME).map((one) => one.head)) - head);
  }

  function level(row) {
    const cards = [...row.children].filter((card) => card.matches(".card-figure")
      && !card.matches(":popover-open") && card.querySelector(":scope > .loading-frame > .figure-frame:not([hidden])")
      && card.checkVisibility());
    const heads = cards.map((card) => {
      const { top } = card.getBoundingClientRect();
      const begins = card.querySelector(":scope > .loading-frame").getBoundingClientRect().top;
      return { top, head: begins - top };
    });
    lower(heads).forEach((by, at) => cards[at].style.setProperty("--level", `${by.toFixed(2)}px`));
  }

  const observer = window.ResizeObserver && new ResizeObserver((entries) => {
    const rows = new Set(entries.map(({ target }) => (target.matches(ROWS) ? target : target.closest(ROWS))));
    rows.forEach((row) => row && level(row));
  });
  const watched = new WeakSet();

  function watch() {
    const rows = [...document.querySelectorAll(ROWS)];
    [...rows, ...document.querySelectorAll(HEADS)].forEach((element) => {
      if (!watched.has(element)) {
        watched.add(element);
        observer.observe(element);
      }
    });
  }

  if (observer) {
    window.atlasDom.whenDrawn(watch);
  }
  window.atlasLevel = { lower };
})();
