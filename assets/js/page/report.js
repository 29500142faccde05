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
    const answer = await window.atlasRequests.patiently(link.href, { credentials: "same-origin" });
    if (!answer.ok) {
      throw new Error((await answer.text()).trim() || `The server answers ${answer.status}.`);
    }
    const url = URL.createObjectURL(await answer.blob());
    const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    const saved = document.createElement("a");
    Object.assign(saved, { href: url, download: named ? named[1] : "report.html" });
    saved.click();
    window.setTimeout(() => URL.revokeObjectURL(url), 10000);
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
