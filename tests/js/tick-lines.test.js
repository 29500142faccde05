const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { found, linesOf, ticked, inSight, movedTo } = load("state/tick-lines.js").atlasTickLines;
const named = (...names) => names.map((name) => ({ value: name, label: name }));

test("short names stand beside each other, long ones and reasons alone", () => {
  assert.equal(linesOf(named("42", "43")).columns, 4);
  assert.equal(linesOf(named("t0001", "t0002")).columns, 3);
  assert.equal(linesOf(named("distance")).columns, 2);
  assert.equal(linesOf(named("a name that is long")).columns, 1);
  assert.equal(linesOf([{ value: "a", label: "a", reason: "left out" }]).columns, 1);
  assert.equal(plain(linesOf(named("42", "43", "44", "45", "46")).lines).length, 2);
  assert.deepEqual(plain(linesOf([]).lines), []);
});

test("groups stand as they first come, each with all that are in it", () => {
  const options = [
    { value: "a", label: "a", group: "x" }, { value: "b", label: "b" },
    { value: "c", label: "c", group: "x" },
  ];
  const lines = plain(linesOf(options).lines);
  assert.deepEqual(lines.map(({ group }) => group || null), ["x", null, "no group", null]);
  assert.deepEqual(lines[0].members, ["a", "c"]);
  assert.deepEqual(lines[2].members, ["b"]);
});

test("a search is in names, what stands beside them, and groups", () => {
  const options = [{ value: 1, label: "angle", hint: "A" }, { value: 2, label: "b", group: "Angles" }];
  assert.equal(found(options, " ANGLE ").length, 2);
  assert.equal(found(options, "angles").length, 1);
  assert.equal(found(options, "").length, 2);
});

test("what is ticked stands in the order of what is offered", () => {
  const options = named("a", "b", "c");
  assert.deepEqual(plain(ticked(options, ["c"], ["a"], true)), ["a", "c"]);
  assert.deepEqual(plain(ticked(options, ["a", "c"], ["a"], false)), ["c"]);
});

test("only the lines of the window are drawn, and some more", () => {
  assert.deepEqual(plain(inSight(0, 240, 24, 500, 8)), [0, 18]);
  assert.deepEqual(plain(inSight(12000, 240, 24, 500, 8)), [492, 500]);
  assert.deepEqual(plain(inSight(2400, 240, 24, 500, 8)), [92, 118]);
});

test("arrows lead from tick to tick over all lines, Home and End to the ends", () => {
  const options = [..."abcde"].map((value) => ({ value, label: `${value}${value}${value}${value}` }));
  const { lines } = linesOf([...options.map((one) => ({ ...one, group: "x" })), { value: "f", label: "f", group: "y" }]);
  // x | a b c | d e | y | f
  const goes = (from, ...keys) => plain(keys.reduce((at, key) => movedTo(lines, at, key), from));
  assert.deepEqual(goes([0, 0], "ArrowDown"), [1, 0]);
  assert.deepEqual(goes([1, 2], "ArrowDown"), [2, 1]);
  assert.deepEqual(goes([1, 2], "ArrowDown", "ArrowDown"), [3, 0]);
  assert.deepEqual(goes([1, 2], "ArrowRight"), [2, 0]);
  assert.deepEqual(goes([2, 0], "ArrowLeft"), [1, 2]);
  assert.deepEqual(goes([1, 0], "ArrowLeft", "ArrowUp", "ArrowLeft"), [0, 0]);
  assert.deepEqual(goes([1, 1], "End"), [4, 0]);
  assert.deepEqual(goes([4, 0], "ArrowDown", "ArrowRight"), [4, 0]);
  assert.deepEqual(goes([4, 0], "Home"), [0, 0]);
  assert.equal(movedTo(lines, [1, 1], "Tab"), null);
  const many = linesOf(named(...Array.from({ length: 1000 }, (_, at) => `t${at}`))).lines;
  assert.deepEqual(plain(movedTo(many, [0, 0], "End")), [333, 0]);
});
