// Export…: a picture of a figure for a paper, as wide as its column and with letters of the size
// asked for, or the data as a table. The server builds the figure (dashboard/export/pictures.py);
// it becomes PNG, SVG or PDF here, and what is chosen is kept in this browser.
(function () {
  const KEPT = "transfer-atlas-export";
  const MM_PER_INCH = 25.4;
  const LARGEST_SIDE = 12000; // pixels of a PNG: beyond it browsers draw nothing
  const CHOICES = {
    width: [["89", "One column, 89 mm"], ["183", "Two columns, 183 mm"], ["other", "Another width"],
      ["free", "As its letters make it"]],
    look: [["paper", "Paper: black on white"], ["light", "Light, as on the page"],
      ["log", "Research log: large type, equation on top"]],
    format: [["png", "PNG"], ["svg", "SVG"], ["pdf", "PDF"]],
  };
  const PARTS = {
    title: "Finding as title",
    equation: "Heading or equation",
    band: "Band",
    labels: "Names of points",
    means: "Means",
    legend: "Legend",
  };
  const LOG_PARTS = ["equation", "labels"];
  const TABLES = [["csv", "CSV"], ["tex", "LaTeX"], ["md", "Markdown"]];
  const BEGINNING = {
    width: "89", mm: "120", type: "7", look: "paper", format: "pdf", dpi: "600",
    parts: Object.keys(PARTS).filter((part) => part !== "title"),
  };
  let chosen = null;
  let card = null; // whose figure it is
  let picture = null; // { figure, settings } as the server last answered
  let asked = 0;
  let closed = 0; // how often the dialog was: what was being made for it is given up
  let asker = null;
  let dialog = null;

  const part = (name) => dialog.querySelector(`[data-export-part="${name}"]`);

  function kept() {
    try {
      const found = JSON.parse(window.localStorage.getItem(KEPT)) || {};
      return { ...BEGINNING, ...Object.fromEntries(
        Object.entries(found).filter(([name, value]) => typeof value === typeof BEGINNING[name]),
      ) };
    } catch {
      return { ...BEGINNING };
    }
  }

  function keep() {
    try {
      window.localStorage.setItem(KEPT, JSON.stringify(chosen));
    } catch {
      // A browser that keeps nothing still exports.
    }
  }

  // -- the dialog ---------------------------------------------------------------------------------

  const h = window.atlasDom.made;

  const button = (text, does, title = "") => {
    const made = h("button", { type: "button", className: "tool", title }, text);
    made.addEventListener("click", () => saying(made, does));
    return made;
  };

  function ofPicture(made) {
    made.dataset.exportPicture = "";
    return made;
  }

  function choice(name, label) {
    const options = CHOICES[name].map(([value, text]) => h("option", { value }, text));
    return h("label", { className: "export-field" }, h("span", {}, label),
      h("select", { className: "form-select form-select-sm", "data-set": name }, ...options));
  }

  const amount = (name, label, min, max) =>
    h("label", { className: "export-field", "data-export-part": name }, h("span", {}, label),
      h("input", { type: "number", min, max, step: "any", className: "form-control form-control-sm",
        "data-set": name, "aria-describedby": `export-${name}-wrong` }),
      h("small", { id: `export-${name}-wrong`, className: "export-wrong", role: "status", hidden: true },
        `A number from ${min} to ${max}.`));

  // Fields in sight without a number that can be: each says so, and nothing is asked for with it.
  function wrong() {
    const fields = [...dialog.querySelectorAll('input[type="number"]')];
    const found = fields.filter((field) => {
      const value = field.valueAsNumber;
      const bad = !field.closest("[hidden]") && !(value >= Number(field.min) && value <= Number(field.max));
      field.setAttribute("aria-invalid", String(bad));
      document.getElementById(field.getAttribute("aria-describedby")).hidden = !bad;
      return bad;
    });
    dialog.querySelectorAll("[data-export-picture]").forEach((one) => { one.disabled = found.length > 0; });
    return found.length > 0;
  }

  function build() {
    const close = h("button", { type: "button", className: "panel-close", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => dialog.close());
    const parts = Object.entries(PARTS).map(([name, text]) =>
      h("label", { "data-export-part": `part-${name}` },
        h("input", { type: "checkbox", "data-part": name }), text));
    const form = h("div", { className: "export-settings" },
      choice("width", "Width"), amount("mm", "Millimetres", 20, 500),
      amount("type", "Letters, pt", 4, 24), choice("look", "Look"),
      h("fieldset", { className: "export-parts" }, h("legend", {}, "With"), ...parts),
      choice("format", "Format"), amount("dpi", "Dots per inch", 72, 1200),
      h("div", { className: "export-row" },
        ofPicture(button("Save", save)),
        ofPicture(button("Save all of this tab (ZIP)", saveAll, "Every figure of this tab, its data and caption"))));
    const preview = h("figure", { className: "export-preview" },
      h("img", { alt: "The picture as it will be", "data-export-part": "image" }),
      h("figcaption", { className: "quiet", role: "status", "data-export-part": "size" }));
    dialog = h("dialog", { id: "export-dialog", className: "open-dialog export-dialog",
      "aria-labelledby": "export-title" },
      h("div", { className: "open-head" }, h("h2", { id: "export-title", tabIndex: -1 }, "Export"), close),
      h("div", { className: "export-picture", "data-export-part": "picture" }, form, preview),
      h("div", { className: "export-row", "data-export-part": "data" }, h("span", {}, "Its data: "),
        ...TABLES.map(([kind, text]) => button(text, () => table(kind)))),
      h("p", { role: "alert", className: "notice notice-alarm", hidden: true, "data-export-part": "problem" }));
    dialog.addEventListener("close", () => {
      asked += 1;
      closed += 1;
      (asker?.isConnected ? asker : document.body).focus();
    });
    dialog.addEventListener("change", changed);
    document.body.append(dialog);
  }

  // The log's look is one for scatters with a line: what was kept of it is drawn as on paper here.
  const onPaper = () => chosen.look === "log" && picture && !picture.settings.line;

  function show() {
    const { look, parts } = onPaper() ? BEGINNING : chosen;
    dialog.querySelectorAll("[data-set]").forEach((field) => { field.value = { ...chosen, look }[field.dataset.set]; });
    dialog.querySelectorAll("[data-part]").forEach((box) => { box.checked = parts.includes(box.dataset.part); });
    part("mm").hidden = chosen.width !== "other";
    part("dpi").hidden = chosen.format !== "png";
    const settings = picture?.settings;
    Object.keys(PARTS).forEach((name) => {
      part(`part-${name}`).hidden = !settings || !settings.parts.includes(name);
    });
    wrong();
    // A look for one kind of figure is offered there.
    dialog.querySelector('option[value="log"]').hidden = !settings?.line && look !== "log";
  }

  function changed(event) {
    const { set, part: of } = event.target.dataset;
    if (onPaper() && (of || set === "look")) {
      [chosen.look, chosen.parts] = [BEGINNING.look, [...BEGINNING.parts]];
    }
    const stays = onPaper() ? { look: chosen.look } : {};
    dialog.querySelectorAll("[data-set]").forEach((field) => { chosen[field.dataset.set] = field.value; });
    Object.assign(chosen, stays);
    if (set) {
      if (set === "look" && chosen.look === "log") {
        chosen.parts = [...LOG_PARTS];
      }
    } else if (of) {
      chosen.parts = Object.keys(PARTS).filter((name) =>
        name === of ? event.target.checked : chosen.parts.includes(name));
    }
    show();
    if (wrong()) {
      return;
    }
    keep();
    if (set !== "format" && set !== "dpi") {
      preview();
    }
  }

  function problem(text) {
    part("problem").textContent = text || "";
    part("problem").hidden = !text;
  }

  async function saying(made, does) {
    made.disabled = true;
    dialog.setAttribute("aria-busy", "true");
    problem("");
    try {
      await does();
    } catch (fault) {
      problem(String(fault.message || fault));
    } finally {
      made.disabled = false;
      dialog.removeAttribute("aria-busy");
      made.focus();
    }
  }

  async function open(name, from) {
    if (!dialog) {
      build();
    }
    chosen = kept();
    [card, asker, picture] = [name, from, null];
    const shown = from.closest(".card-figure")?.querySelector(".figure-frame:not([hidden]), .graph-frame");
    part("picture").hidden = !shown;
    part("image").removeAttribute("src");
    part("size").textContent = "";
    problem("");
    show();
    dialog.showModal();
    document.getElementById("export-title").focus();
    if (shown && !wrong()) {
      await preview();
    }
  }

  async function preview() {
    const mine = ++asked;
    try {
      const found = await built(card);
      const text = await vector(found);
      if (mine !== asked) {
        return;
      }
      picture = found;
      const { width_mm: mm, type_pt: pt } = found.settings;
      const high = mm * found.figure.layout.height / found.figure.layout.width;
      part("image").src = `data:image/svg+xml,${encodeURIComponent(text)}`;
      part("size").textContent = [`${mm.toFixed(0)} × ${high.toFixed(0)} mm, letters of ${pt} pt`,
        ...smaller(found.settings)].join("; ");
      problem("");
      show();
    } catch (fault) {
      if (mine === asked) {
        picture = null;
        part("image").removeAttribute("src");
        part("size").textContent = "";
        problem(String(fault.message || fault));
      }
    }
  }

  // What the width did not leave room for, and the width that does.
  function smaller({ needs_mm: needs, left_out: numbers }) {
    return [
      needs ? `${chosen.type} pt need ${needs} mm` : "",
      numbers ? `numbers left out: ${numbers.type_pt} pt, shown from ${numbers.width_mm} mm on` : "",
    ].filter(Boolean);
  }

  // -- pictures -----------------------------------------------------------------------------------

  async function built(name) {
    const { take, address } = window.atlasTake;
    const width = chosen.width === "other" ? chosen.mm : chosen.width;
    const more = {
      picture: chosen.look, width, type: chosen.type, parts: chosen.parts.join("."),
    };
    const figure = await (await take(address(name, "json", more))).json();
    return { figure, settings: figure.layout.meta };
  }

  async function vector({ figure, settings }) {
    const { width, height } = figure.layout;
    const face = await window.atlasTake.face();
    const url = await window.atlasDrawing(window.Plotly.toImage, face, figure, { format: "svg", width, height });
    const high = settings.width_mm * height / width;
    return decodeURIComponent(url.slice(url.indexOf(",") + 1)).replace(/<svg[^>]*>/, (tag) =>
      tag.replace(/ width="[^"]*"/, ` width="${settings.width_mm}mm"`)
        .replace(/ height="[^"]*"/, ` height="${high}mm"`));
  }

  async function dots({ figure, settings }) {
    const { width, height } = figure.layout;
    const wanted = settings.width_mm / MM_PER_INCH * Number(chosen.dpi);
    const scale = Math.min(wanted, LARGEST_SIDE, LARGEST_SIDE * width / height) / width;
    const face = await window.atlasTake.face();
    const options = { format: "png", width, height, scale };
    const url = await window.atlasDrawing(window.Plotly.toImage, face, figure, options);
    const bytes = Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (c) => c.charCodeAt(0));
    return new Blob([bytes], { type: "image/png" });
  }

  async function drawn(found) {
    if (chosen.format === "png") {
      return dots(found);
    }
    const text = await vector(found);
    return chosen.format === "svg"
      ? new Blob([text], { type: "image/svg+xml" })
      : window.atlasPdf.of(text, { ...found.settings, size: found.figure.layout, dots: () => dots(found) });
  }

  async function save() {
    const found = await built(card);
    window.atlasTake.save(await drawn(found), window.atlasTake.fileName(card, chosen.format));
  }

  const table = async (kind) => {
    const { take, address, save: keepFile, fileName } = window.atlasTake;
    keepFile(await (await take(address(card, kind))).blob(), fileName(card, kind));
  };

  // Every figure of the tab that is in sight.
  async function saveAll() {
    const { take, address, save: keepFile, fileName } = window.atlasTake;
    const files = {};
    const captions = [];
    const drawable = (one) => one.closest(".card-figure").querySelector(".figure-frame:not([hidden]), .graph-frame");
    const buttons = [...document.querySelectorAll("#workspace .page:not([hidden]) .card-figure:not([hidden]) [data-export]")]
      .filter(drawable);
    const mine = closed;
    const tell = (done, more) => {
      part("size").textContent = `${done} of ${buttons.length} figures${more}`;
    };
    for (const [done, one] of buttons.entries()) {
      tell(done, " made; close this to cancel");
      const name = one.dataset.export;
      files[`${name}.${chosen.format}`] = await bytes(await drawn(await built(name)));
      files[`${name}.csv`] = await bytes(await (await take(address(name, "csv"))).blob());
      captions.push(`${name}\n${await (await take(address(name, "txt"))).text()}`);
      if (closed !== mine) {
        return;
      }
    }
    files["captions.txt"] = new TextEncoder().encode(captions.join("\n"));
    const { zipSync } = await window.atlasPdf.library();
    const tab = document.querySelector("#workspace .page:not([hidden])").id.replace("page-", "");
    tell(buttons.length, " saved");
    keepFile(new Blob([zipSync(files, { level: 6 })], { type: "application/zip" }), fileName(tab, "zip"));
  }

  const bytes = async (blob) => new Uint8Array(await blob.arrayBuffer());

  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-export]");
    if (from) {
      open(from.dataset.export, from);
    }
  });
})();
