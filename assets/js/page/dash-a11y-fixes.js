// Dash's dropdown takes the focus with a hidden input that has no name, and shows none of it: the
// button that is seen takes it instead, and is called by its label as well as by its value.
(function () {
  function mend(wrapper) {
    const input = wrapper.querySelector(".dash-dropdown-focus-target");
    const button = wrapper.querySelector("button.dash-dropdown");
    if (!input || !button) {
      return;
    }
    if (input.tabIndex !== -1) {
      input.tabIndex = -1;
    }
    if (button.tabIndex !== 0) {
      button.tabIndex = 0;
    }
    const label = button.id && document.querySelector(`label[for="${window.CSS.escape(button.id)}"]`);
    if (!label) {
      return;
    }
    if (!label.id) {
      label.id = `${button.id}-label`;
    }
    const named = button.getAttribute("aria-labelledby") || button.id;
    if (!named.split(" ").includes(label.id)) {
      button.setAttribute("aria-labelledby", `${label.id} ${named}`);
    }
  }

  let waiting = false;
  new MutationObserver(() => {
    if (!waiting) {
      waiting = true;
      window.requestAnimationFrame(() => {
        waiting = false;
        document.querySelectorAll(".dash-dropdown-wrapper").forEach(mend);
      });
    }
  }).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["aria-labelledby", "tabindex"],
  });
})();

// Enter in the search of a dropdown chooses the first of its list, which on a busy machine is not
// yet the list of what was typed: another task than was searched for was chosen. The key waits.
(function () {
  const PATIENCE_MS = 2000;

  const shown = (search) => {
    const option = search.closest(".dash-dropdown-content").querySelector(".dash-dropdown-option");
    return option ? option.textContent.toLowerCase() : "";
  };

  function choose(search, until) {
    if (!search.isConnected) {
      return;
    }
    if (!shown(search).includes(search.value.toLowerCase()) && performance.now() < until) {
      window.requestAnimationFrame(() => choose(search, until));
      return;
    }
    search.dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
  }

  document.addEventListener("keyup", (event) => {
    const search = event.isTrusted && event.key === "Enter" && event.target.closest(".dash-dropdown-search");
    if (search && search.value && !shown(search).includes(search.value.toLowerCase())) {
      event.stopImmediatePropagation();
      choose(search, performance.now() + PATIENCE_MS);
    }
  }, true);
})();
