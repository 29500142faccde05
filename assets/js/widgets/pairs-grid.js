// The grid of the Pairs tab: where its rows come from, what a click on a row does, copying.
// Rows are asked for through two stores, one question after the other, a number with each, so that
// an answer is never taken for that of another. See dashboard/pages/pairs/.
(function () {
  const GRID = "pairs-grid";
  const INPUT = "figure-input-pairs";
  const SAYS_MS = 8000;
  const NARROW = 640; // pixels of the grid: below it source, target and value come first
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  const write = (id, text) => { document.getElementById(id).textContent = text; };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const skip = () => window.dash_clientside.no_update;
  let known = null;       // the grid, once it is made
  let asked = 0;          // the number of the last question
  const questions = [];   // what the grid wants to be told; the first is on its way
  let content = null;     // what there is to show: columns and the first rows, as the server says it
  let shown = null;       // the same as JSON
  let plain = true;       // it had neither filters nor an order
  let first = null;       // the rows it asks for first, until it has asked
  let stale = false;      // the grid still has rows of something else
  let wanted = [];        // the columns to be seen
  let selection = [];
  let standing = { filters: [], sorting: [] };  // how the table stands, as the address says it
  const told = [];        // how it was made to stand here: no news when it comes back
  let own = null;         // the pair that was chosen here: it is in sight already
  let sought = false;     // the selected row is to be scrolled to, once it is there
  let outdated = false;   // what is selected changed where nobody saw the grid
  let followed = null;    // who looks at the size of its place
  let absent = false;     // its script did not come when it was asked for
  let narrow = false;     // its columns are those of a phone

  // -- rows ------------------------------------------------------------------------------------

  const datasource = {
    getRows(params) {
      const given = first;
      first = null;
      // The file has the rows of the last question: where that was another one, this one is asked.
      if (given && plain && !questions.length && !params.startRow && isPlain(params)) {
        give(params, given);
        return;
      }
      questions.push(params);
      if (questions.length === 1) {
        ask(params);
      }
    },
  };

  const isPlain = ({ sortModel, filterModel }) => !sortModel.length && !Object.keys(filterModel || {}).length;

  function ask({ startRow, endRow, sortModel, filterModel }) {
    asked += 1;
    plain = isPlain({ sortModel, filterModel });
    tell("pairs-asked", {
      data: { id: asked, start: startRow, end: endRow, sort: sortModel, filter: filterModel },
    });
  }

  function answerPairs(answer) {
    if (!answer || answer.id !== asked || !questions.length) {
      return skip();
    }
    const question = questions.shift();
    if (questions.length) {
      ask(questions[0]);
    }
    give(question, answer);
    return skip();
  }

  function give(question, { rows, count, of, fault }) {
    question.successCallback(rows, count);
    bringIntoSight();
    const text = window.atlasLongTables.countText(count, of, "pairs");
    // What was typed under a name is asked of it with the first of its tests: said, not guessed.
    const asks = known ? Object.entries(known.getFilterModel() || {}).map(([key, model]) =>
      window.atlasPairsFormat.conditionText(known.getColumnDef(key).headerName, model)) : [];
    write("pairs-count", fault || [text, ...asks.filter(Boolean)].join(" · "));
    if (known) {
      if (count) {
        known.hideOverlay();
      } else {
        known.showNoRowsOverlay();
      }
    }
  }

  function take(selected) {
    if (!same(selection, selected)) {
      selection = selected;
      sought = selection.length > 0 && !same(selection, own);
    }
  }

  document.addEventListener("atlas:selection", (event) => {
    take(event.detail);
    // Rows are drawn anew by React, a click's longest part: on a tab that is not seen they wait
    // until the grid has a size again.
    outdated = Boolean(known) && !document.getElementById(GRID)?.getClientRects().length;
    if (known && !outdated) {
      redraw();
    }
  });

  // It may come where nobody sees it and it has no width, and a phone may be turned. Where its script
  // did not come it is asked for again when the tab is opened.
  function follow() {
    if (!followed) {
      followed = new ResizeObserver(resized);
      followed.observe(document.getElementById(GRID));
    }
  }

  function resized([{ contentRect }]) {
    if (contentRect.width === 0) {
      return;
    }
    if (!known) {
      attach();
      return;
    }
    if (outdated) {
      redraw();
    }
    if (narrow !== isNarrow()) {
      suit(known, keysOf(known));
    }
  }

  function redraw() {
    outdated = false;
    known.redrawRows();
    bringIntoSight();
  }

  function showPairs(now, columns) {
    take(window.atlasSelection.now());
    wanted = columns || [];
    if (!now) {
      return skip();
    }
    window.atlasNavigation.answered(INPUT);
    if (shown !== JSON.stringify(now)) {
      shown = JSON.stringify(now);
      content = now;
      first = now.first;
      stale = true;
    }
    follow();
    attach();
    return skip();
  }

  // Its own script comes when it is first needed: beside the question what there is to show.
  async function attach() {
    try {
      await window.atlasDom.load(document.getElementById("pairs-script").dataset.address);
    } catch {
      absent = true;
      tell("pairs-message", { children: "The table could not be loaded: choose the tab again." });
      return;
    }
    if (!known) {
      make();
      return;
    }
    if (stale) {
      stale = false;
      known.setGridOption("columnDefs", content.columns.map(window.atlasPairsOptions.columnOf));
      seen(known);
      known.purgeInfiniteCache();
    } else {
      seen(known);
    }
    redraw();
  }

  function make() {
    if (absent) {
      tell("pairs-message", { children: null });
    }
    stale = false;
    known = window.AtlasGrid.createGrid(document.getElementById(GRID), window.atlasPairsOptions.optionsOf({
      ...content, isChosen: (pair) => same(pair, selection),
    }));
    listen(known);
    seen(known);
    stand(known);
    // What it asks first is asked with the filters of the address.
    known.setGridOption("datasource", datasource);
  }

  // As far as the row is among those that were asked for.
  function bringIntoSight() {
    if (sought && known) {
      known.forEachNode((node) => {
        if (sought && node.data && same(node.data.pair, selection)) {
          sought = false;
          known.ensureNodeVisible(node, "middle");
        }
      });
    }
  }

  const keysOf = (api) => api.getColumns().map((column) => column.getColId());

  function seen(api) {
    const keys = keysOf(api);
    api.setColumnsVisible(keys.filter((key) => wanted.includes(key)), true);
    api.setColumnsVisible(keys.filter((key) => !wanted.includes(key)), false);
    suit(api, keys);
  }

  const isNarrow = () => {
    const { clientWidth } = document.getElementById(GRID);
    return clientWidth > 0 && clientWidth < NARROW;
  };

  function suit(api, keys) {
    narrow = isNarrow();
    if (narrow) {
      // Source, target and value fit beside each other; whatever else there is follows them.
      const first = keys.find((key) => key === "values") || "actual";
      const state = [["source", 124], ["target", 116], [first, 104]].map(([colId, width]) => ({ colId, width }));
      api.applyColumnState({ state, applyOrder: true });
    }
  }

  // -- filters and order: `source contains comp`, `values desc`, see dashboard/state/grid_filters.py -----

  const filtersOf = (api) =>
    Object.entries(api.getFilterModel() || {}).map(([key, model]) =>
      window.atlasPairsFormat.filterText(key, model));

  const sortingOf = (api) =>
    api.getColumnState()
      .filter(({ sort }) => sort)
      .sort((a, b) => a.sortIndex - b.sortIndex)
      .map(({ colId, sort }) => `${colId} ${sort}`);

  const modelOf = (text, column) =>
    window.atlasPairsFormat.filterModel(text, column.getColDef().filter === "agNumberColumnFilter");

  // What is asked of a column this list does not have is left out, and said.
  function stand(api) {
    const there = (text) => api.getColumn(text.split(" ")[0]);
    const asked = standing;
    standing = {
      filters: asked.filters.filter(there),
      sorting: asked.sorting.filter(there),
    };
    if (!same(standing.filters, filtersOf(api))) {
      const models = standing.filters.map((text) => [text.split(" ")[0], modelOf(text, there(text))]);
      api.setFilterModel(Object.fromEntries(models));
    }
    if (!same(standing.sorting, sortingOf(api))) {
      api.applyColumnState({
        state: standing.sorting.map((text, sortIndex) => {
          const [colId, sort] = text.split(" ");
          return { colId, sort, sortIndex };
        }),
        defaultState: { sort: null },
      });
    }
    const gone = [...asked.filters, ...asked.sorting].filter((text) => !there(text));
    if (gone.length) {
      say(`left out, as no pair has such a value: ${gone.join(", ")}`);
      told.push(JSON.stringify(standing));
      tell("filters", { data: standing.filters });
      tell("sorting", { data: standing.sorting });
    }
  }

  // The table was filtered or sorted by hand, where it does not stand as it should already.
  function changed(name, now) {
    if (!same(now, standing[name])) {
      standing = { ...standing, [name]: now };
      told.push(JSON.stringify(standing));
      tell(name, { data: now });
    }
  }

  function arrangePairs(filters, sorting) {
    const now = { filters: filters || [], sorting: sorting || [] };
    const at = told.indexOf(JSON.stringify(now));
    if (at >= 0) {
      // What was done here since is newer.
      told.splice(0, at + 1);
      return skip();
    }
    standing = now;
    if (known) {
      stand(known);
    }
    return skip();
  }

  window.addEventListener("popstate", () => {
    told.length = 0;
  });

  // -- a click, a key --------------------------------------------------------------------------

  function listen(api) {
    const choose = (pair) => {
      own = pair;
      window.atlasSelection.choose(pair);
    };
    // A name is cut to the width its column has.
    api.addEventListener("columnResized", ({ finished, columns }) => {
      if (finished) {
        api.refreshCells({ columns, force: true });
      }
    });
    api.addEventListener("filterChanged", () => changed("filters", filtersOf(api)));
    api.addEventListener("sortChanged", () => changed("sorting", sortingOf(api)));
    api.addEventListener("rowClicked", (event) => {
      const click = event.event || {};
      // With a key held, rows are gathered to be copied.
      if (event.data && !click.shiftKey && !click.ctrlKey && !click.metaKey) {
        choose(event.data.pair);
      }
    });
    api.addEventListener("cellKeyDown", (event) => {
      const { key, ctrlKey, metaKey } = event.event;
      if (key === "Enter" && event.data) {
        choose(event.data.pair);
      } else if ((ctrlKey || metaKey) && key.toLowerCase() === "c") {
        event.event.preventDefault();
        copy();
      }
    });
  }

  const harmless = (value) => window.atlasPairsFormat.harmless(value);

  function table(api, nodes) {
    const columns = api.getAllDisplayedColumns();
    const head = columns.map((column) => harmless(column.getColDef().context.title));
    const rows = nodes.map((node) => columns.map((c) => harmless(node.data[c.getColId()])));
    return [head, ...rows].map((cells) => cells.join("\t")).join("\n");
  }

  // The rows that are here, as they are written, for paper: the grid draws only what is in sight.
  function paper() {
    if (!known) {
      return null;
    }
    const made = window.atlasDom.made;
    const columns = known.getAllDisplayedColumns();
    const nodes = [];
    known.forEachNode((node) => node.data && nodes.push(node));
    const written = (rowNode, colKey) => known.getCellValue({ rowNode, colKey, useFormatter: true });
    const cell = (tag, column, text) => made(tag, {
      className: column.getColDef().cellClass === "numeric" ? "numeric" : "",
    }, text);
    const all = known.getDisplayedRowCount();
    return made("table", { className: "data-table print-rows" },
      made("caption", {}, nodes.length < all ? `The first ${nodes.length} of ${all} rows.` : ""),
      made("thead", {}, made("tr", {}, ...columns.map((column) =>
        cell("th", column, column.getColDef().headerName)))),
      made("tbody", {}, ...nodes.map((node) => made("tr", {}, ...columns.map((column) =>
        cell("td", column, String(written(node, column) ?? "")))))));
  }

  async function copy() {
    if (!known) {
      return;
    }
    const nodes = known.getSelectedNodes().filter((node) => node.data);
    nodes.sort((a, b) => a.rowIndex - b.rowIndex);
    const cell = known.getFocusedCell();
    let text = "";
    let said = "nothing to copy: click a row first, or with Ctrl held several";
    if (nodes.length) {
      text = table(known, nodes);
      said = `copied ${window.atlasDom.counted(nodes.length, "row")}, with the names of the columns`;
    } else if (cell) {
      const node = known.getDisplayedRowAtIndex(cell.rowIndex);
      const column = cell.column.getColDef();
      text = harmless(node && node.data && node.data[cell.column.getColId()]);
      said = text
        ? `copied one cell: ${column.headerName} of row ${cell.rowIndex + 1}`
        : "nothing to copy: this cell is empty";
    }
    if (text) {
      try {
        await window.navigator.clipboard.writeText(text);
      } catch {
        window.prompt("Copy this", text);
      }
    }
    say(said);
  }

  // Beside the number of pairs, for as long as it takes to read.
  let saying = 0;

  function say(text) {
    write("pairs-said", text);
    window.clearTimeout(saying);
    saying = window.setTimeout(() => write("pairs-said", ""), SAYS_MS);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-grid]");
    if (button && known) {
      if (button.dataset.grid === "copy") {
        copy();
      } else {
        known.setFilterModel(null);
      }
    }
    const menu = document.querySelector(".grid-columns[open]");
    if (menu && !menu.contains(event.target)) {
      menu.open = false;
    }
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") {
        return;
      }
      const menu = document.querySelector(".grid-columns[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
        event.stopPropagation();
      } else if (known && !window.atlasShell.onTop()) {
        known.deselectAll();
      }
    },
    true,
  );

  // The grid, for the tests.
  window.atlasPairs = Object.assign(() => known, { paper });

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, {
    answerPairs,
    showPairs,
    arrangePairs,
  });
})();
