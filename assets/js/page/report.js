// The report is of what the address says now.
(function () {
  const asked = () => window.atlasNavigation.query({ digest: window.atlasNavigation.digest() });
  const target = (event) => event.target.closest?.("[data-report]");

  const bring = (event) => {
    const link = target(event);
    if (link) {
      link.search = `?${asked()}`;
    }
  };

  // Asked for and saved from here: it takes seconds, the button says so, and a failure is said.
  async function fetched(link) {
    const answer = await window.atlasTake.take(link.href);
    const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    window.atlasTake.save(await answer.blob(), named ? named[1] : "report.html");
  }

  document.addEventListener("pointerdown", bring, true);
  document.addEventListener("focusin", bring, true);
  document.addEventListener("click", (event) => {
    bring(event);
    const link = target(event);
    if (!link) {
      return;
    }
    event.preventDefault();
    if (link.getAttribute("aria-busy")) {
      return;
    }
    const text = link.textContent;
    link.setAttribute("aria-busy", "true");
    link.textContent = "Writing …";
    fetched(link)
      .catch((fault) => (
        window.dash_clientside.set_props("alarm", { children: String(fault.message || fault) })))
      .finally(() => {
        link.removeAttribute("aria-busy");
        link.textContent = text;
      });
  }, true);
})();
