// One figure at a time: Present, the arrow keys, Escape. In the page of a board and in its file.
(function () {
  const sections = [...document.querySelectorAll(".pinned")];
  const button = document.querySelector("[data-present]");
  let at = -1;

  function show(next) {
    at = next;
    document.body.classList.toggle("presenting", at >= 0);
    sections.forEach((section, i) => section.classList.toggle("is-shown", i === at));
    if (at >= 0) {
      sections[at].tabIndex = -1;
      sections[at].focus();
    } else {
      button.focus();
    }
    window.scrollTo(0, 0);
    // Figures measure their width when the window changes, and now it did for them.
    window.dispatchEvent(new Event("resize"));
  }

  if (!button) {
    return;
  }
  button.addEventListener("click", () => show(0));
  document.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === "Escape") {
      show(-1);
    } else if (by && !event.target.closest("summary, button, a, textarea, input, .frame")) {
      event.preventDefault();
      show(Math.min(Math.max(at + by, 0), sections.length - 1));
    }
  });
})();
