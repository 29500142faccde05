// What style sheets follow of the page, as attributes. With `:has()` the browser went through the
// whole page again each time that something in it was drawn: half of the time until a tab stood.
(function () {
  const filled = (id) => Boolean(document.getElementById(id)?.firstChild);

  // Of cards that were written: on each what it shows, on their page what each of them does.
  function ofCards(names) {
    const pages = new Set();
    names.forEach((name) => {
      const card = document.getElementById(`${name}-card`);
      card.toggleAttribute("data-drawn", !document.getElementById(`${name}-frame`).hidden);
      card.toggleAttribute("data-said", filled(`${name}-finding`) || filled(`${name}-message`));
      card.toggleAttribute("data-means", Boolean(card.querySelector(".above .means")));
      const row = card.parentElement;
      row.toggleAttribute("data-means", Boolean(row.querySelector(":scope > [data-means]")));
      pages.add(card.closest(".page"));
      window.atlasStanding.came(card);
    });
    pages.forEach((page) => page && ofPage(page));
    window.atlasStanding.follow();
  }

  function ofPage(page) {
    const cards = [...page.querySelectorAll(".card-figure")].map((card) => (
      { card, name: card.id.replace(/-card$/, "") }));
    const list = (attribute, holds) => {
      const names = cards.filter(holds).map(({ name }) => name).join(" ");
      if (page.getAttribute(attribute) !== names) {
        page.setAttribute(attribute, names);
      }
    };
    list("data-says", ({ card }) => !card.hidden && card.hasAttribute("data-said"));
    list("data-tells", ({ name }) => filled(`${name}-message`));
    list("data-hides", ({ card }) => card.hidden);
  }

  // Of the page that is shown, whoever drew it.
  function follow() {
    document.getElementById("workspace")?.toggleAttribute(
      "data-waits", Boolean(document.querySelector(".page:not([hidden]) .waits-for-job")));
    window.atlasStanding.follow();
  }

  window.atlasDom.whenDrawn(follow);
  window.atlasStyleFacts = { ofCards, follow };
})();
