// The graph's selection and hover. Cytoscape draws on a canvas and tells Dash nothing of a click
// beside everything, so its own events are listened to.
(function () {
  const GRAPH = "network-graph";
  const INPUT = "figure-input-network";
  const PADDING = 28;
  const STEP = 1.25;
  const LEGIBLE_PX = 11;
  const FEW = 20;
  const ROOMY = 7; // so many keep their size on a phone
  const NARROW = 500;
  let known = null;
  let fitted = "";
  let touched = false;
  let selection = [];
  let outdated = false; // what is selected changed where nobody saw the graph

  function instance() {
    const container = document.getElementById(GRAPH);
    return (container && container._cyreg && container._cyreg.cy) || null;
  }

  const pairOf = (edge) => edge.data("pair");
  const taskOf = (node) => node.data("task");
  // A group that is folded stands for all of its tasks.
  const tasksOf = (node) => node.data("tasks") || [taskOf(node)];
  const opened = () => window.atlasNavigation.query().getAll("opened").filter(Boolean);
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  const choose = (selected) => window.atlasSelection.choose(selected);

  function listen(cy) {
    if (known === cy) {
      return;
    }
    known = cy;
    window.atlasGraphRest.rests(cy.renderer(), window);
    cy.on("tap", (event) => {
      if (event.target === cy) {
        window.atlasSelection.letGo();
      }
    });
    cy.on("tap", "node", (event) => {
      const fold = event.target.data("fold");
      if (fold) {
        // A step of the history: Back closes it.
        tell("opened", { data: [...opened(), fold] });
      } else {
        choose([taskOf(event.target)]);
      }
    });
    cy.on("tap", "edge", (event) => pairOf(event.target) && choose(pairOf(event.target)));
    cy.on("mouseover", "node, edge", (event) => hover(event.target.data("info"), event));
    cy.on("mousemove", "node, edge", (event) => place(event.originalEvent));
    cy.on("mouseout drag pan zoom", () => hover("", null));
    cy.on("zoom", () => legible(cy));
    cy.on("scrollzoom pinchzoom dragpan", () => (touched = true));
    cy.on("dragfree", "node", (event) => moved(event.target));
    new ResizeObserver(() => {
      cy.resize();
      if (cy.width() > 0) {
        suit(cy);
      }
    }).observe(cy.container());
  }

  // Its frame has another size, or one at all: a tab may be left before its graph has come.
  function suit(cy) {
    if (outdated) {
      mark(cy);
    }
    const by = closer(cy) / squeezed;
    if (by !== 1) {
      squeezed *= by;
      cy.batch(() => cy.nodes("[room]").forEach((node) => {
        const middle = node.data("room")[0] / 2;
        node.position("x", middle + (node.position("x") - middle) * by);
      }));
    }
    if (touched) {
      legible(cy);
    } else {
      fit(cy);
    }
  }

  function fit(cy) {
    cy.fit(undefined, PADDING);
    legible(cy);
    if (cy.nodes(".afar").nonempty()) {
      // Short names leave more room.
      cy.fit(undefined, PADDING);
    }
  }

  // On a phone a few tasks are drawn small: their names are not, and stand short beside them; the
  // whole name and the number come with a tap.
  function legible(cy) {
    const small = cy.width() < NARROW && cy.nodes().length <= FEW && cy.zoom() < 0.95;
    cy.batch(() => {
      if (small) {
        cy.nodes().addClass("afar").style("font-size", LEGIBLE_PX / cy.zoom());
        const size = (node) => node.data("size") * Math.min(1, ROOMY / cy.nodes().length);
        // A group's row has room for its name.
        cy.nodes("[short][!fold]").style({ label: (node) => node.data("short"), width: size, height: size });
      } else {
        cy.nodes(".afar").removeClass("afar").removeStyle("font-size label width height");
      }
    });
  }

  // On a phone tasks stand as high as the frame is, and so much closer: names are larger then.
  let squeezed = 1;
  let crowded = false;
  const wider = (x, width) => width / 2 + (x - width / 2) / squeezed;

  function closer(cy) {
    const [width, height] = cy.nodes("[room]")[0]?.data("room") || [];
    if (!crowded || !width || cy.width() === 0 || cy.width() >= NARROW) {
      return 1;
    }
    return Math.min(1, (height / width) * (cy.width() / cy.height()));
  }

  function squeeze(cy, elements) {
    const places = elements.filter((e) => e.position);
    crowded = places.length > (places.some((e) => e.data.fold) ? 8 : 2);
    squeezed = closer(cy);
    if (squeezed < 1) {
      cy.batch(() => places.forEach(({ data: { id, room: [width] }, position }) => cy.getElementById(id)
        .position("x", width / 2 + (position.x - width / 2) * squeezed)));
    }
  }

  // Where a task was dragged to is part of the address, in parts of the drawing.
  function moved(node) {
    if (node.data("fold")) {
      return;
    }
    const [width, height] = node.data("room");
    const { x, y } = node.position();
    const place = `${(wider(x, width) / width).toFixed(3)},${(1 - y / height).toFixed(3)},${taskOf(node)}`;
    const others = window.atlasNavigation.query().getAll("moved").filter(
      (text) => text && text.split(",").slice(2).join(",") !== taskOf(node));
    tell("moved", { data: [...others, place] });
  }

  // What is typed is sought in names; Enter selects the first task found.
  const sought = () => {
    const text = document.getElementById("network-search").value.trim().toLowerCase();
    return text ? known.nodes().filter((node) => tasksOf(node).some((task) => task.toLowerCase().includes(text))) : known.collection();
  };
  document.addEventListener("input", (event) => {
    if (event.target.id === "network-search" && known) {
      known.nodes().removeClass("found");
      sought().addClass("found");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "network-search" && event.key === "Enter" && known && sought().length) {
      const text = event.target.value.trim().toLowerCase();
      choose([tasksOf(sought()[0]).find((task) => task.toLowerCase().includes(text))]);
    }
  });

  // The wheel scrolls the page, unless a key says that it should zoom.
  document.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && event.target.closest(".graph-frame")) {
        event.stopImmediatePropagation();
      }
    },
    { capture: true, passive: true },
  );

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-graph]");
    const cy = button && instance();
    if (!cy) {
      return;
    }
    if (button.dataset.graph === "reset") {
      if (opened().length) {
        tell("opened", { data: [] });
      }
      tell("moved", { data: [] });
      return;
    }
    touched = button.dataset.graph !== "fit";
    if (touched) {
      const level = cy.zoom() * (button.dataset.graph === "in" ? STEP : 1 / STEP);
      cy.zoom({ level, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
    } else {
      fit(cy);
    }
  });

  function hover(text, event) {
    const card = document.getElementById("network-hover");
    if (!card) {
      return;
    }
    card.hidden = !text;
    if (text) {
      const [heading, ...rows] = text.split("\n");
      const title = document.createElement("strong");
      title.textContent = heading;
      card.replaceChildren(
        title,
        ...rows.map((row) => {
          const line = document.createElement("div");
          line.textContent = row;
          return line;
        }),
      );
      place(event.originalEvent);
    }
  }

  function place(pointer) {
    const card = document.getElementById("network-hover");
    if (!card || card.hidden || !pointer) {
      return;
    }
    const room = 12;
    const { width, height } = card.getBoundingClientRect();
    const right = pointer.clientX + room + width < window.innerWidth;
    const below = pointer.clientY + room + height < window.innerHeight;
    card.style.left = `${Math.max(4, right ? pointer.clientX + room : pointer.clientX - room - width)}px`;
    card.style.top = `${Math.max(4, below ? pointer.clientY + room : pointer.clientY - room - height)}px`;
  }

  // A task stands with its own arrows, a pair with its arrow; of a training set each of its tasks.
  function mark(cy) {
    outdated = false;
    cy.batch(() => {
      cy.elements().removeClass("chosen dimmed");
      cy.elements().unselect();
      const [sources, target] = [(selection[0] || "").split("+"), selection[1]];
      const from = cy.nodes().filter((node) => tasksOf(node).some((task) => sources.includes(task)));
      if (!from.length) {
        return;
      }
      let chosen = from.union(from.connectedEdges());
      let own = chosen.union(from.connectedEdges().connectedNodes());
      if (selection.length === 2) {
        const to = cy.nodes().filter((node) => tasksOf(node).includes(target));
        own = from.union(to).union(from.edgesTo(to));
        chosen = own;
      }
      cy.elements().difference(own).addClass("dimmed");
      chosen.addClass("chosen");
    });
  }

  document.addEventListener("atlas:selection", (event) => {
    selection = event.detail;
    const cy = instance();
    // Of 1,000 tasks a mark takes a tenth of a second, also on a tab that is not seen: it waits
    // there until the graph has a size again.
    outdated = Boolean(cy) && !cy.container().getClientRects().length;
    if (cy && !outdated) {
      mark(cy);
    }
  });

  const LONGEST_PAUSE_MS = 500;
  let newest = null;

  function watchGraph(elements, drawn) {
    selection = window.atlasSelection.now();
    newest = elements;
    const attempt = (pause) => {
      if (newest !== elements) {
        return;
      }
      const cy = instance();
      // New elements reach Cytoscape a moment after the callback.
      if (cy && cy.elements().length === elements.length
        && (!elements.length || cy.getElementById(elements[0].data.id).data("drawn") === drawn)) {
        // It may have been made while its page was hidden and had no size.
        cy.resize();
        listen(cy);
        mark(cy);
        frame(cy, elements);
        legible(cy);
        const reset = document.getElementById("network-reset");
        if (reset) {
          reset.hidden = !cy.nodes(".moved").length && !opened().length;
        }
      } else {
        // However long that takes: a graph that nobody listens to answers no click.
        window.setTimeout(() => attempt(Math.min(1.1 * pause, LONGEST_PAUSE_MS)), pause);
      }
    };
    attempt(30);
  }

  // Fitted for a set of tasks, and to a new size until the reader zooms or moves it.
  function frame(cy, elements) {
    squeeze(cy, elements);
    const tasks = JSON.stringify(elements.filter((e) => e.position)
      .map((e) => [e.data.task, e.data.layout]));
    if (tasks !== fitted && cy.width() > 0 && elements.length) {
      fitted = tasks;
      touched = false;
      fit(cy);
    }
  }

  // -- the graph's own script, when it is first needed --------------------------------------------

  let there = false;
  let drawings = 0;

  function loadGraph(figureInput, empty) {
    return window.atlasDom.load(document.getElementById("network-script").dataset.address).then(
      () => {
        const before = there;
        there = true;
        // Cytoscape warns of any value, also of this default, which is its own.
        delete window.dash_cytoscape.Cytoscape.defaultProps.wheelSensitivity;
        return before ? window.dash_clientside.no_update : empty;
      },
      () => {
        tell("network-message", { children: "The graph could not be loaded: choose the tab again." });
        return window.dash_clientside.no_update;
      },
    );
  }

  function drawGraph(shown, holder) {
    if (shown) {
      window.atlasNavigation.answered(INPUT);
    }
    if (shown && holder) {
      const [first, ...others] = shown.elements;
      drawings += 1;
      const elements = first
        ? [{ ...first, data: { ...first.data, drawn: drawings } }, ...others]
        : [];
      tell(GRAPH, { ...shown, elements });
      watchGraph(elements, drawings);
    }
  }

  // For the tests, which cannot look into a canvas: as soon as it is fitted and listened to.
  window.atlasGraph = () => {
    const cy = instance();
    return cy && cy === known ? cy : null;
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { loadGraph, drawGraph });
})();
