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
    label.id = label.id || `${button.id}-label`;
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
