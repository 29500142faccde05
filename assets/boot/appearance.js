// Runs before anything is drawn, so that no page flashes in the wrong colours.
(function () {
  const KEY = "transfer-atlas-appearance";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  let choice = "system";
  try {
    choice = window.localStorage.getItem(KEY) || "system";
  } catch {
    // Storage may be forbidden; the system's preference is a good answer.
  }
  if (!["system", "light", "dark"].includes(choice)) {
    choice = "system";
  }
  const listeners = [];
  let paper = false;

  function mode() {
    if (paper) {
      return "light";
    }
    if (choice === "system") {
      return system.matches ? "dark" : "light";
    }
    return choice;
  }

  function show() {
    document.documentElement.setAttribute("data-bs-theme", mode());
    listeners.forEach((listener) => listener(mode()));
  }

  system.addEventListener("change", show);
  window.atlasAppearance = {
    mode,
    choice: () => choice,
    choose(value) {
      choice = value;
      try {
        window.localStorage.setItem(KEY, value);
      } catch {
        // It holds for this page, then.
      }
      show();
    },
    // Paper is white, whatever the screen is: printing.js.
    onPaper(on) {
      if (paper !== on) {
        paper = on;
        show();
      }
    },
    onChange: (listener) => listeners.push(listener),
  };
  show();

  try {
    if (window.localStorage.getItem("transfer-atlas-rail") === "folded") {
      document.documentElement.setAttribute("data-rail", "folded");
    }
  } catch {
    // Unfolded, then.
  }
})();
