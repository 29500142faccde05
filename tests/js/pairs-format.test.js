const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const format = load("widgets/pairs-format.js").atlasPairsFormat;

test("numbers of the grid", () => {
  assert.equal(format.number(-0.12345), "−0.123");
  assert.equal(format.number(0.002413), "0.002");
  assert.equal(format.number(-0.00002413), "−2.41e−5");
  assert.equal(format.number(0), "0.000");
  assert.equal(format.number(null), "–");
  assert.equal(format.number(123456), "1.23e+5");
  assert.equal(format.signed(0.5), "+0.500");
  assert.equal(format.signed(-0.5), "−0.500");
  assert.equal(format.signed(0), "0.000");
  assert.equal(format.count(null), "–");
  assert.deepEqual([format.number(undefined), format.raw(undefined), format.count(undefined)], ["", "", ""]);
  assert.equal(format.count(4), "4");
  assert.deepEqual([1e-56, 0.0421, null].map(format.probability), ["< 0.001", "0.042", "–"]);
});

test("a condition on numbers is said with its sign", () => {
  const number = { filterType: "number", type: "greaterThanOrEqual", filter: -0.5 };
  assert.equal(format.conditionText("transfer", number), "transfer ≥ −0.5");
  assert.equal(format.conditionText("n", { ...number, type: "inRange", filter: 1, filterTo: 2 }), "n from 1 to 2");
  assert.equal(format.conditionText("source", { filterType: "text", type: "contains", filter: "a" }), "");
});

test("raw values have four digits that count", () => {
  const cases = [[1234.5, "1,235"], [123.45, "123.5"], [12.345, "12.35"], [1.2345, "1.235"],
    [1234567, "1.23e+6"], [0.00001, "1.00e−5"], [0, "0.000"], [-12.3, "−12.30"]];
  for (const [value, text] of cases) {
    assert.equal(format.raw(value), text);
  }
  assert.equal(format.raw(12.345, "10⁶ km²"), "12.35 10⁶ km²");
});

test("a long name keeps its beginning and its end", () => {
  assert.equal(format.name("inference (MNLI, matched)", 16), "inference…tched)");
  assert.equal(format.name("angle", 16), "angle");
  assert.equal(format.name(undefined, 16), "");
  assert.equal(format.name("angle", 1).length, 3);
});

test("filters are text and back", () => {
  const cases = [
    ["source contains a b", { filterType: "text", type: "contains", filter: "a b" }, false],
    ["values greaterThan 0.5", { filterType: "number", type: "greaterThan", filter: 0.5 }, true],
    ["values inRange 0 1", { filterType: "number", type: "inRange", filter: 0, filterTo: 1 }, true],
    ["note blank", { filterType: "text", type: "blank" }, false],
  ];
  for (const [text, model, isNumber] of cases) {
    assert.deepEqual(plain(format.filterModel(text, isNumber)), model);
    assert.equal(format.filterText(text.split(" ")[0], model), text);
  }
});

test("a spreadsheet takes no copied cell for a formula", () => {
  assert.equal(format.harmless("=1+1"), "'=1+1");
  assert.equal(format.harmless("−x"), "'−x");
  assert.equal(format.harmless("a\tb\nc"), "a b c");
  assert.equal(format.harmless(-1.5), "-1.5");
  assert.equal(format.harmless(null), "");
});
