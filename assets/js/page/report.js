// The report is of what the address says now.
(function () {
  const bring = (event) => {
    const link = event.target.closest?.("[data-report]");
    if (link) {
      link.search = `${window.location.search}&digest=${window.atlasNavigation.digest()}`;
    }
  };
  document.addEventListener("pointerdown", bring, true);
  document.addEventListener("focusin", bring, true);
  document.addEventListener("click", bring, true);
})();
