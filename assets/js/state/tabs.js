// The row of tabs and their panels: which is shown, and how the keyboard goes from one to the next.
(function () {
  // pages: as the server knows them. shown: the tab whose panel is; null where nothing can be shown.
  // chosen: the tab that stands so, also then: the keyboard goes on from there.
  function show(pages, shown, chosen) {
    document.documentElement.setAttribute("data-panel", shown === null ? "off" : "on");
    for (const [name, page] of Object.entries(pages)) {
      // Not by way of Dash, which would have every component look at each of these.
      document.getElementById(page.panel).hidden = name !== shown;
      const button = document.getElementById(page.tab);
      button.setAttribute("aria-selected", String(name === chosen));
      button.tabIndex = name === chosen ? 0 : -1;
    }
    document.documentElement.setAttribute("data-page", shown || "");
    window.atlasStyleFacts.follow();
    document.getElementById("workspace").scrollTop = 0;
    if (shown !== null) {
      // More tabs than fit are scrolled to.
      document.getElementById(pages[shown].tab).scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  // The script of a tab that has one of its own. One that does not come is asked for again, and said,
  // when the tab is opened.
  function fetchScript({ panel }) {
    const { address } = document.querySelector(`#${panel} [data-address]`)?.dataset || {};
    if (address) {
      window.atlasDom.load(address).catch(() => {});
    }
  }

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest && event.target.closest("[role=tab]");
    if (!tab || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      return;
    }
    const tabs = [...tab.parentElement.querySelectorAll("[role=tab]")];
    const at = tabs.indexOf(tab);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
    const target = tabs.at(next % tabs.length);
    event.preventDefault();
    target.focus();
    target.click();
  });

  window.atlasTabs = { show, fetchScript };
})();
