// A tab on paper: all its figures with their captions, folded ones too, in light colours. Ctrl-P
// waits until all of it is drawn; the browser's menu prints what is there and says what is not.
(function () {
  const LONGEST_MS = 120000; // who does not want to wait for so long leaves it
  const CALM_MS = 300;
  // Of a sheet on its side, A4 or letter, in pixels: without margins, sentence and caption.
  const WIDE = 960;
  const HIGH = 460;
  const root = document.documentElement;
  const pause = (ms) => new Promise((done) => window.setTimeout(done, ms));
  const shownPage = () => document.querySelector("#workspace .page:not([hidden])");
  let undo = [];
  let waits = null; // what says that it is prepared

  // No callback of Dash waits or runs, no card is asked for or drawn, and nothing is fetched.
  function isQuiet() {
    const { stored, completed, ...queues } = window.store?.getState().callbacks || {};
    return !Object.values(queues).some((queue) => Array.isArray(queue) && queue.length)
      && !window.atlasCards.busy() && !shownPage()?.querySelector("details[open] [aria-busy=true]");
  }

  async function drawn() {
    const begun = Date.now();
    for (let since = begun; waits && Date.now() - since < CALM_MS;) {
      await pause(50);
      if (Date.now() - begun > LONGEST_MS) {
        return;
      }
      since = isQuiet() ? since : Date.now();
    }
  }

  // -- what is changed for paper, and taken back --------------------------------------------------

  function unfold(page) {
    page.querySelectorAll(".caption details:not([open]), .folded-cards:not([open])").forEach((details) => {
      details.open = true;
      undo.push(() => { details.open = false; });
    });
  }

  // What is drawn keeps its pixels and is made smaller to the sheet, never cut.
  function fit(page) {
    page.querySelectorAll(".figure-frame:not([hidden]), .graph-frame").forEach((frame) => {
      const graph = frame.querySelector(".figure-graph") || frame;
      const drawing = frame.querySelector(".main-svg");
      const width = Number(drawing?.getAttribute("width")) || graph.offsetWidth;
      const height = Number(drawing?.getAttribute("height")) || graph.offsetHeight;
      const styles = [frame, graph].map((element) => [element, element.getAttribute("style") || ""]);
      undo.push(() => styles.forEach(([element, style]) => element.setAttribute("style", style)));
      graph.style.setProperty("width", `${width}px`, "important");
      graph.style.setProperty("height", `${height}px`, "important");
      frame.style.setProperty("--print-zoom", Math.min(1, WIDE / width, HIGH / height));
    });
  }

  // What the bar and the rail say on the screen.
  function head() {
    const text = (id) => document.getElementById(id)?.textContent.trim() || "";
    const line = window.atlasDom.made("p", { className: "print-head" },
      [text("study-title") || document.getElementById("study")?.selectedOptions?.[0]?.textContent,
        document.querySelector("[role=tab][aria-selected=true]")?.textContent, text("summary")].filter(Boolean).join(" · "));
    document.body.prepend(line);
    undo.push(() => line.remove());
  }

  function before() {
    const page = shownPage();
    if (page && !root.hasAttribute("data-printing")) {
      root.setAttribute("data-printing", "");
      undo.push(() => root.removeAttribute("data-printing"));
      if (window.atlasAppearance.mode() === "dark") {
        // Too late to draw it in light colours: it keeps the ground it is drawn on.
        const ground = getComputedStyle(root).getPropertyValue("--background");
        root.style.setProperty("--drawn-on", ground);
        undo.push(() => root.style.removeProperty("--drawn-on"));
        window.atlasAppearance.onPaper(true);
      }
      unfold(page);
      fit(page);
      head();
      const rows = page.querySelector("#pairs-grid") && window.atlasPairs?.paper();
      if (rows) {
        page.querySelector(".grid-frame").after(rows);
        undo.push(() => rows.remove());
      }
    }
  }

  function after() {
    undo.reverse().forEach((takeBack) => takeBack());
    undo = [];
    window.atlasAppearance.onPaper(false);
  }

  async function print() {
    const page = shownPage();
    if (!page || waits) {
      return;
    }
    waits = window.atlasDom.made("p", { className: "loading-note print-wait", role: "status" },
      "Drawing all figures for the printer … (Esc to leave it)");
    document.body.append(waits);
    window.atlasAppearance.onPaper(true);
    unfold(page);
    await drawn();
    const left = !waits;
    stop();
    if (!left) {
      before();
      window.print();
    }
    after();
  }

  function stop() {
    waits?.remove();
    waits = null;
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
      && event.key.toLowerCase() === "p" && shownPage()) {
      event.preventDefault();
      print();
    } else if (waits && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      stop();
    }
  }, true);
  window.addEventListener("beforeprint", before);
  window.addEventListener("afterprint", after);
})();
