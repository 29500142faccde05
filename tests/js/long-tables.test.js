const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { ordered, passes, countText, arrange, mark } = load("widgets/long-tables.js", {}, {
  Intl,
  document: { addEventListener() {} },
}).atlasLongTables;

test("numbers are ordered by size, and what has none is last either way", () => {
  const values = [3, null, -20, 100, null];
  assert.deepEqual(plain(ordered(values, "ascending")), [2, 0, 3, 1, 4]);
  assert.deepEqual(plain(ordered(values, "descending")), [3, 0, 2, 1, 4]);
  assert.deepEqual(plain(ordered(values, "none")), [0, 1, 2, 3, 4]);
});

test("names are ordered by the alphabet, numbers in them by size, those alike as they came", () => {
  assert.deepEqual(plain(ordered(["t10", "T9", "a", "", "t9"], "ascending")), [2, 1, 4, 0, 3]);
  assert.deepEqual(plain(ordered(["b", "a", "b"], "descending")), [0, 2, 1]);
});

test("a row passes with every word that is asked for, in any case", () => {
  assert.equal(passes("t0653 +0.07 net giver", "T06 giver"), true);
  assert.equal(passes("t0653 +0.07", "t06 taker"), false);
  assert.equal(passes("t0653", ""), true);
});

test("how many rows there are is said, and of how many", () => {
  assert.equal(countText(1000, 1000), "1,000 rows");
  assert.equal(countText(12, 1000), "12 of 1,000 rows");
  assert.equal(countText(1200, 9900, "pairs"), "1,200 of 9,900 pairs");
});

// As much of a table as is arranged: an empty corner, then columns by their titles.
function tableOf(titles) {
  const cell = (tagName, title) => ({
    tagName, dataset: title ? { title } : {}, attributes: {},
    setAttribute(name, value) { this.attributes[name] = value; },
  });
  const cells = [cell("TD"), ...titles.map((title) => cell("TH", title))];
  const body = { shown: [], replaceChildren(...rows) { this.shown = rows; } };
  return { tHead: { rows: [{ cells }] }, tBodies: [body] };
}

const row = (name, value) => ({
  name, cells: [{ tagName: "TH", textContent: name, dataset: {} }, { tagName: "TD", dataset: value === null ? {} : { value } }],
});

test("rows stand by the column that is asked for, which alone says so, and an empty corner says nothing", () => {
  const table = tableOf(["Net"]);
  const rows = [row("a", "-0.5"), row("b", null), row("c", "1e3"), row("d", "20")];
  const stand = (column, direction) => {
    arrange(table, rows, { column, direction });
    return table.tBodies[0].shown.map(({ name }) => name).join("");
  };
  assert.equal(stand("Net", "descending"), "cdab");
  const [corner, net] = table.tHead.rows[0].cells;
  assert.equal(net.attributes["aria-sort"], "descending");
  assert.deepEqual(corner.attributes, {});
  assert.equal(stand("Net", "ascending"), "adcb");
  assert.equal(stand("gone", "descending"), "abcd");
  assert.equal(net.attributes["aria-sort"], "none");
});

test("a row is selected where its name is, and one without a name selects nothing", () => {
  const rowOf = (...classes) => {
    const set = {};
    return {
      set, classList: { toggle: (name, on) => { set[name] = on; } },
      querySelector: () => (classes.length ? { classList: { contains: (name) => classes.includes(name) } } : null),
    };
  };
  const rows = [rowOf("select-button", "is-selected"), rowOf("select-button"), rowOf()];
  mark(rows);
  assert.deepEqual(rows.map(({ set }) => [set.selects, set["is-selected"]]), [[true, true], [true, false], [false, false]]);
});
