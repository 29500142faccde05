// What comes later moves nothing that is seen. A tab that opens shows its parts from above: what
// stands below or beside a card, or a part that is fetched, is seen when that has come, and a matrix
// when it is fitted to its row (fit-matrices.js). All of it keeps its place meanwhile, as far as it is
// known, and for an answer that takes long nothing else is held back.
(function () {
  const HOLD_MS = 10000;
  const LISTS_MS = 40; // between two lists of ticks
  const AWAITED = ".card-figure, [data-fetched]";
  const PARTS = `${AWAITED}, .folded-cards, .as-table, .cards, .cards-three, .cards-column`;
  const FITTED = ":is(.cards-matrices, .cards-compare, .cards-fitted) > .card-sized";
  const come = new WeakSet(); // what has its answer
  const fitted = new WeakSet(); // cards whose figure was drawn before their row was fitted
  const held = new WeakMap(); // page -> since when something of it is held back

  // parts: [{ waits, itself }] from above, whether one is still to come and whether it may not be seen
  // itself; which of them are seen later.
  function later(parts) {
    let waits = false;
    return parts.map((part) => {
      const before = waits;
      waits ||= part.waits;
      return before || part.itself;
    });
  }

  const isLaidOut = (element) => element.getClientRects().length > 0;
  const drawnIn = (card) => card.querySelector(".js-plotly-plot")?._fullLayout;

  // A card that Dash writes, not cards.js, says where its words stand: one of them has some.
  function hasWords({ dataset }) {
    return (dataset.words || "").split(" ").some((id) => document.getElementById(id)?.firstChild);
  }

  function stateOf(part) {
    if (!part.matches(AWAITED) || !isLaidOut(part)) {
      return { waits: false, itself: false };
    }
    if (part.hasAttribute("data-elsewhere")) {
      come.delete(part);
      fitted.delete(part);
    }
    if (!come.has(part) && hasWords(part)) {
      come.add(part);
    }
    const unfitted = come.has(part) && part.matches(FITTED) && !fitted.has(part)
      && Boolean(part.querySelector(".figure-frame:not([hidden])"));
    return { waits: !come.has(part) || unfitted, itself: unfitted };
  }

  // What is folded away moves nothing but what is below its line, which is moved by hand.
  function follow() {
    const page = document.querySelector("#workspace .page:not([hidden])");
    if (!page) {
      return;
    }
    const parts = [...page.querySelectorAll(PARTS)].filter((part) => !part.parentElement.closest("details"));
    const states = parts.map(stateOf);
    const waits = states.some((state) => state.waits);
    if (!waits) {
      held.delete(page);
    } else if (!held.has(page)) {
      held.set(page, window.performance.now());
      window.setTimeout(follow, HOLD_MS);
    }
    const holds = waits && window.performance.now() - held.get(page) < HOLD_MS;
    later(states).forEach((hides, at) => parts[at].toggleAttribute("data-later", holds && hides));
  }

  // Cards of a row were fitted as they are drawn.
  function fit() {
    document.querySelectorAll(`#workspace .page:not([hidden]) ${FITTED}`).forEach((card) => {
      if (drawnIn(card)) {
        fitted.add(card);
      }
    });
    follow();
  }

  // Lists of controls are laid one after another: with the last of them it is known which there are.
  let last = 0;
  function offered() {
    window.clearTimeout(last);
    last = window.setTimeout(() => document.documentElement.setAttribute("data-offered", ""), LISTS_MS);
  }

  // Where no list has anything in it, or none comes, the other controls are seen all the same.
  window.setTimeout(offered, HOLD_MS);
  window.atlasDom.whenDrawn(follow);
  window.atlasStanding = {
    follow, fit, later, offered,
    // Whether all that is there is seen.
    stands: () => document.documentElement.hasAttribute("data-offered")
      && !document.querySelector("#workspace .page:not([hidden]) [data-later]"),
    came: (element) => { come.add(element); },
    hasCome: (element) => come.has(element),
  };
})();
