const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { columnOf } = load("widgets/pairs-options.js").atlasPairsOptions;

test("more is better in a column that is judged, less where its target's scores are errors", () => {
  const { better, worse } = columnOf({ context: { written: "signed", judged: true } }).cellClassRules;
  const sides = (value, data) => [better({ value, data }), worse({ value, data })];
  assert.deepEqual(sides(0.2, {}), [true, false]);
  assert.deepEqual(sides(-0.2, {}), [false, true]);
  assert.deepEqual(sides(0.2, { lower: true }), [false, true]);
  assert.deepEqual(sides(-0.2, { lower: true }), [true, false]);
  // A row that has not come yet, and one without a value.
  assert.deepEqual(sides(undefined, undefined), [false, false]);
  assert.deepEqual(sides(null, { lower: true }), [false, false]);
});

test("a sign alone is neither better nor worse", () => {
  assert.equal(columnOf({ context: { written: "signed" } }).cellClassRules, undefined);
});
