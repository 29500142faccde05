// The shell's own behaviour: appearance, folding, sheets.
(function () {
  const narrow = window.matchMedia("(max-width: 760px)");
  const root = document.documentElement;
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  let started = false;

  function appearance(value) {
    if (!started) {
      started = true;
      window.atlasAppearance.onChange((mode) => tell("mode", { data: mode }));
      return window.atlasAppearance.choice();
    }
    if (value !== window.atlasAppearance.choice()) {
      window.atlasAppearance.choose(value);
    }
    return window.dash_clientside.no_update;
  }

  function fold() {
    if (narrow.matches) {
      sheet(root.getAttribute("data-sheet") !== "rail");
      return;
    }
    const folded = root.getAttribute("data-rail") !== "folded";
    root.setAttribute("data-rail", folded ? "folded" : "open");
    try {
      window.localStorage.setItem("transfer-atlas-rail", folded ? "folded" : "open");
    } catch {
      // It holds for this page, then.
    }
    label();
    // Figures measure their width when the window changes, and now it did for them.
    window.dispatchEvent(new Event("resize"));
  }

  function sheet(open) {
    root.setAttribute("data-sheet", open ? "rail" : "none");
    label();
    const focus = document.querySelector(open ? "#rail-fold" : ".sheet-buttons [data-fold]");
    if (focus) {
      focus.focus();
    }
  }

  function label() {
    const open = narrow.matches
      ? root.getAttribute("data-sheet") === "rail"
      : root.getAttribute("data-rail") !== "folded";
    document
      .querySelectorAll("[data-fold]")
      .forEach((button) => button.setAttribute("aria-expanded", String(open)));
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-fold]");
    if (!target) {
      if (root.getAttribute("data-sheet") === "rail" && !event.target.closest("#rail, .beside")) {
        sheet(false);
      }
      return;
    }
    fold();
  });

  // What lies over the page goes first: the list of a control, help, the sheet, then the selection.
  const onTop = () =>
    document.querySelector(".dash-dropdown-content, .offcanvas.show") !== null ||
    root.getAttribute("data-sheet") === "rail";

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) {
      return;
    }
    // The list of words closes itself, help.js.
    if (document.querySelector(".offcanvas.show")) {
      return;
    }
    if (root.getAttribute("data-sheet") === "rail") {
      sheet(false);
    } else {
      window.atlasSelection.letGo();
    }
  });

  // A sheet that the focus has left would cover what has it.
  document.addEventListener("focusin", (event) => {
    if (root.getAttribute("data-sheet") === "rail" && event.target.closest("#workspace, #bar, #panel")) {
      root.setAttribute("data-sheet", "none");
      label();
    }
  });

  narrow.addEventListener("change", label);

  window.addEventListener("resize", () => {
    const tab = document.querySelector("[role=tab][aria-selected=true]");
    if (tab) {
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });

  // Dash draws the handle of a slider without a name, and hides the one part of a list that the
  // Tab key reaches; both are drawn anew whenever they like.
  function nameHandles() {
    document.querySelectorAll("#rail [role=slider]:not([aria-label])").forEach((handle) => {
      const legend = handle.closest("fieldset").querySelector("legend");
      handle.setAttribute("aria-label", legend.firstChild.textContent);
    });
    document.querySelectorAll("#rail .dash-dropdown-focus-target[aria-hidden]").forEach((target) => {
      target.setAttribute("aria-label", target.closest(".rail-group").querySelector("label").textContent);
      target.removeAttribute("aria-hidden");
    });
  }

  window.atlasDom.whenDrawn(nameHandles);

  // A matrix that is wider than the screen scrolls in its frame; its row labels stay in sight.
  document.addEventListener(
    "scroll",
    (event) => {
      const frame = event.target;
      if (frame.classList && frame.classList.contains("figure-frame-scrolls")) {
        frame.querySelectorAll(".yaxislayer-above").forEach((labels) => {
          labels.setAttribute("transform", `translate(${frame.scrollLeft}, 0)`);
        });
        shade(frame);
      }
    },
    true,
  );

  // A shade at the right for as long as there is more to see there.
  function shade(frame) {
    const more = frame.scrollWidth - frame.clientWidth - frame.scrollLeft > 8;
    frame.parentElement.classList.toggle("goes-on", more);
    holdTitles(frame);
  }

  // What its columns are called stands in the middle of those in sight.
  function holdTitles(frame) {
    const drawn = frame.querySelector(".js-plotly-plot")?._fullLayout || {};
    Object.keys(drawn).filter((name) => /^xaxis\d*$/.test(name)).forEach((name) => {
      const { _id: id, _offset: begins, _length: long } = drawn[name];
      const title = frame.querySelector(`.g-${id}title`);
      if (title) {
        const by = window.atlasMatrixLabels.toSight(begins, long, frame.scrollLeft, frame.clientWidth);
        title.style.translate = `${by}px 0`;
      }
    });
  }

  const shadeAll = () => document.querySelectorAll(".page:not([hidden]) .figure-frame-scrolls").forEach(shade);
  window.atlasDom.whenDrawn(shadeAll);
  window.addEventListener("resize", shadeAll);

  window.atlasShell = { onTop };

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { appearance });
})();
