// A figure as large as the window, and the next one with the arrow keys: its button, or f.
(function () {
  const EDGE = 24;
  const BESIDE = 384; // where the texts stand beside a figure that is higher than wide
  let shown = null; // { card, graph, before, asker }
  let tools = null;

  const figure = (card) => card.querySelector(".figure-frame:not([hidden]) .figure-graph, .graph-frame");

  const cards = () =>
    [...document.querySelectorAll("#workspace .page:not([hidden]) .card-figure")].filter(
      (card) => figure(card) && (card === shown?.card || card.checkVisibility()),
    );

  // As large as what the sentence above and the line below leave; a figure of its own size keeps
  // the shape it has, and is never made smaller.
  function room({ card, graph, before }) {
    const texts = document.createRange();
    texts.selectNodeContents(card);
    const tall = card.classList.contains("is-tall");
    const taken = tall ? 0 : texts.getBoundingClientRect().height - graph.offsetHeight;
    const width = window.innerWidth - 2 * EDGE - (tall ? BESIDE : 0);
    const height = Math.max(200, window.innerHeight - 2 * EDGE - taken);
    if (!before.shape) {
      return { width, height };
    }
    const by = Math.max(1, Math.min(width / before.shape[0], height / before.shape[1]));
    return { width: before.shape[0] * by, height: before.shape[1] * by };
  }

  function fit() {
    if (!shown) {
      return;
    }
    const { graph, before } = shown;
    const { width, height } = room(shown);
    graph.style.setProperty("width", `${width}px`, "important");
    graph.style.setProperty("height", `${height}px`, "important");
    const plot = graph.querySelector(".js-plotly-plot");
    if (plot && before.shape && Math.abs(plot._fullLayout.width - width) > 1) {
      window.Plotly.relayout(plot, { width, height });
    }
    window.dispatchEvent(new Event("resize"));
  }

  function open(card, asker) {
    const graph = figure(card);
    const plot = graph.querySelector(".js-plotly-plot");
    const own = plot && plot.layout.width;
    shown = {
      card,
      graph,
      asker,
      before: {
        style: graph.getAttribute("style"),
        shape: own ? [plot.layout.width, plot.layout.height] : null,
      },
    };
    card.classList.toggle("is-tall", own && plot.layout.height > plot.layout.width && innerWidth > 2 * BESIDE);
    card.setAttribute("popover", "manual");
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-modal", "true");
    card.setAttribute("aria-labelledby", card.querySelector(".finding")?.id || "");
    card.showPopover();
    toolbar(true);
    fit();
    plot?.on("plotly_afterplot", fit);
  }

  function close() {
    const { card, graph, before } = shown;
    const plot = graph.querySelector(".js-plotly-plot");
    plot?.removeListener("plotly_afterplot", fit);
    shown = null;
    card.hidePopover();
    card.classList.remove("is-tall");
    ["popover", "role", "aria-modal", "aria-labelledby"].forEach((name) => card.removeAttribute(name));
    graph.setAttribute("style", before.style || "");
    if (plot && before.shape) {
      window.Plotly.relayout(plot, { width: before.shape[0], height: before.shape[1] });
    }
    window.dispatchEvent(new Event("resize"));
  }

  function leave() {
    const { asker, card } = shown;
    close();
    toolbar(false);
    (asker?.isConnected ? asker : card.querySelector("[data-enlarge]"))?.focus();
  }

  function turn(by) {
    const all = cards();
    const next = all[(all.indexOf(shown.card) + by + all.length) % all.length];
    const { asker } = shown;
    close();
    open(next, asker);
  }

  function toolbar(on) {
    if (!tools) {
      tools = document.createElement("div");
      tools.className = "enlarged-tools";
      tools.setAttribute("popover", "manual");
      for (const [text, name, does] of [
        ["←", "Figure before", () => turn(-1)],
        ["→", "Next figure", () => turn(1)],
        ["×", "Back to the page", leave],
      ]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "tool";
        button.textContent = text;
        button.title = name;
        button.setAttribute("aria-label", name);
        button.addEventListener("click", does);
        tools.append(button);
      }
      document.body.append(tools);
    }
    if (tools.matches(":popover-open")) {
      tools.hidePopover();
    }
    if (on) {
      tools.showPopover();
      tools.lastChild.focus();
    }
  }

  const writes = (element) => element?.closest("input, select, textarea, [contenteditable], .ag-root");

  // What is meant: where the focus is, else under the pointer, else the first one.
  function meant() {
    const all = cards();
    const focused = document.activeElement?.closest(".card-figure");
    return all.find((card) => card === focused) || all.find((card) => card.matches(":hover")) || all[0];
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-enlarge]");
    if (button) {
      if (shown) {
        leave();
      } else {
        open(button.closest(".card-figure"), button);
      }
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    if (shown && event.key === "Escape") {
      leave();
    } else if (shown && steps[event.key] && !event.target.closest(".figure-frame")) {
      turn(steps[event.key]);
    } else if (event.key === "f" && !writes(event.target) && (shown || !window.atlasShell.onTop())) {
      const card = meant();
      if (shown) {
        leave();
      } else if (card) {
        open(card, document.activeElement === document.body ? null : document.activeElement);
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // The rest of the page lies below: the focus stays with what is seen.
  document.addEventListener("focusin", (event) => {
    if (shown && !shown.card.contains(event.target) && !tools.contains(event.target)
      && !event.target.closest(".beside")) {
      tools.lastChild.focus();
    }
  });

  window.addEventListener("resize", (event) => {
    if (shown && event.isTrusted) {
      fit();
    }
  });
})();
