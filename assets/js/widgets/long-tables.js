// A table of more rows than can be looked over is sorted by a click on a column's name, searched by
// what is typed above it, and keeps its names in sight. The server says which table is long, and what
// a cell is worth (`data-value`). See dashboard/ui/columns.py.
(function () {
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };
  const stood = new Map(); // a table's place -> how it was searched and sorted, for when it comes anew
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // The order of rows by what they have in a column: numbers by size, texts by the alphabet, rows
  // without a value at the end either way; those alike as they came.
  function ordered(values, direction) {
    const order = values.map((_, at) => at);
    if (direction === "none") {
      return order;
    }
    const sign = direction === "descending" ? -1 : 1;
    const missing = (value) => value === null || value === "";
    return order.sort((a, b) => {
      const [one, other] = [values[a], values[b]];
      if (missing(one) || missing(other)) {
        return Number(missing(one)) - Number(missing(other)) || a - b;
      }
      const apart = typeof one === "number" && typeof other === "number"
        ? one - other : collator.compare(String(one), String(other));
      return sign * apart || a - b;
    });
  }

  // Every word that is asked for is somewhere in the row.
  function passes(text, asked) {
    const low = text.toLowerCase();
    return asked.toLowerCase().split(/\s+/).every((word) => low.includes(word));
  }

  // what: is counted, in the plural.
  function countText(shown, all, what = "rows") {
    const rows = `${all.toLocaleString("en-US")} ${what}`;
    return shown === all ? rows : `${shown.toLocaleString("en-US")} of ${rows}`;
  }

  // What a cell is worth: what the server says of a number or a text, else what stands in it where that
  // is a name; null where it has nothing.
  function valueOf(cell) {
    const given = cell?.dataset.value;
    if (given === undefined) {
      return cell?.tagName === "TH" ? cell.textContent : null;
    }
    return given !== "" && Number.isFinite(Number(given)) ? Number(given) : given;
  }

  // Of every column; the corner of some tables is empty, and names none.
  const heads = (table) => [...table.tHead.rows[0].cells];
  const titleOf = (head) => head.dataset.title;
  const named = (head) => head.tagName === "TH";

  function arrange(table, rows, state) {
    const at = heads(table).findIndex((head) => titleOf(head) === state.column);
    const direction = at < 0 ? "none" : state.direction;
    heads(table).filter(named).forEach((head) => {
      head.setAttribute("aria-sort", titleOf(head) === state.column ? direction : "none");
    });
    const order = ordered(rows.map(({ cells }) => valueOf(cells[at])), direction);
    table.tBodies[0].replaceChildren(...order.map((which) => rows[which]));
  }

  function search(rows, asked, count) {
    let shown = 0;
    rows.forEach((row) => {
      const there = passes(row.textContent, asked);
      row.hidden = !there;
      shown += Number(there);
    });
    count.textContent = countText(shown, rows.length);
  }

  // A button around a column's name, beside its help.
  function sortable(head, sort) {
    const texts = [...head.childNodes].filter((part) => part.nodeType === Node.TEXT_NODE);
    const title = texts.map((part) => part.textContent).join("").trim();
    head.dataset.title = title;
    const button = window.atlasDom.made("button", { type: "button", className: "sort-button" }, title);
    button.addEventListener("click", () => sort(title));
    texts.forEach((part) => part.remove());
    head.prepend(button);
  }

  function tools(state, searched) {
    const { made } = window.atlasDom;
    const count = made("span", { className: "quiet numeric", role: "status" });
    const input = made("input", {
      type: "search", className: "form-control", placeholder: "Find", value: state.asked, "aria-label": "Find rows",
    });
    input.addEventListener("input", () => searched(input.value, count));
    return { line: made("div", { className: "table-tools" }, input, count), count };
  }

  // Rows look as their names do: a style sheet that asked for it would walk through all of them.
  function mark(rows) {
    rows.forEach((row) => {
      const name = row.querySelector("[data-select]");
      row.classList.toggle("selects", Boolean(name));
      row.classList.toggle("is-selected", Boolean(name?.classList.contains("is-selected")));
    });
  }

  function setUp(table) {
    const { made } = window.atlasDom;
    const frame = table.closest(".table-frame") || table.parentElement;
    const place = table.closest("[data-fetched]");
    const key = `${place?.id} ${[...(place || frame).querySelectorAll("table")].indexOf(table)}`;
    const state = stood.get(key) || { asked: "", column: "", direction: "none" };
    stood.set(key, state);
    table.dataset.ready = "";
    const rows = [...table.tBodies[0].rows];
    heads(table).filter(named).forEach((head) => sortable(head, (column) => {
      state.direction = state.column === column ? NEXT[state.direction] : "ascending";
      state.column = column;
      arrange(table, rows, state);
    }));
    const { line, count } = tools(state, (asked, told) => {
      state.asked = asked;
      search(rows, asked, told);
    });
    const held = made("div", {
      className: "table-long", tabIndex: 0, role: "region",
      "aria-label": frame.getAttribute("aria-label") || "Table",
    });
    if (frame.querySelectorAll("table").length === 1) {
      ["tabindex", "role", "aria-label"].forEach((name) => frame.removeAttribute(name));
    }
    table.replaceWith(line, held);
    held.append(table);
    table.tBodies[0].addEventListener("click", choose);
    arrange(table, rows, state);
    search(rows, state.asked, count);
    window.atlasSelection?.remark();
    mark(rows);
  }

  // A click anywhere on a row chooses what it is about; on its name, the name does so itself.
  function choose(event) {
    const marking = String(window.getSelection());
    if (!event.target.closest("button, a") && !marking) {
      event.target.closest("tr")?.querySelector("[data-select]")?.click();
    }
  }

  document.addEventListener("atlas:selection", () =>
    mark(document.querySelectorAll(".table-long tbody > tr")));
  document.addEventListener("atlas:fetched", () =>
    document.querySelectorAll(".data-table-long:not([data-ready])").forEach(setUp));

  window.atlasLongTables = { ordered, passes, countText, arrange, mark };
})();
