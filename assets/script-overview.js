// What stands out stands out with one method: its pair is selected with that method.
(function () {
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-select]");
    const item = chosen && chosen.closest("[data-method]");
    if (item) {
      window.dash_clientside.set_props("method", { value: item.dataset.method });
    }
  });
})();
