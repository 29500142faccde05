// One figure at a time: Present, the arrow keys, Escape. In the page of a board and in its file.
(function () {
  const sections = [...document.querySelectorAll(".pinned")];
  const button = document.querySelector("[data-present]");
  const [SMALLEST, BELOW] = [0.5, 16]; // how small a figure is drawn, and pixels below it
  let at = -1;

  // The figure that is presented stands in the window as a whole, smaller where it is too high.
  function fit() {
    const drawings = [...document.querySelectorAll(".pinned .frame:has(> [data-figure])")];
    drawings.forEach((frame) => frame.removeAttribute("style"));
    const shown = drawings.find((frame) => at >= 0 && sections[at].contains(frame));
    if (shown) {
      const { top, height } = shown.getBoundingClientRect();
      const scale = Math.max((window.innerHeight - top - window.scrollY - BELOW) / height, SMALLEST);
      if (scale < 1) {
        Object.assign(shown.style, {
          transform: `scale(${scale})`, transformOrigin: "0 0", marginBottom: `${(scale - 1) * height}px`,
        });
      }
    }
  }

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
  window.addEventListener("resize", fit);
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
