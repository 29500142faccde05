const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { cellAt, named, nearestInSight, related, subset } = load("select/selection.js").atlasSelects;

test("a place in a matrix is a pair, a row, a column or nothing", () => {
  const cells = { rows: ["a", "a+b"], columns: ["a", "b"] };
  assert.deepEqual(plain(cellAt(cells, 1, 0)), ["a", "b"]);
  assert.deepEqual(plain(cellAt(cells, null, 1)), ["a+b"]);
  assert.deepEqual(plain(cellAt(cells, 0, null)), ["a"]);
  assert.equal(cellAt(cells, 7, null), null);
  assert.equal(cellAt(cells, 0.5, null), null);
  assert.equal(cellAt({ rows: ["a"], columns: ["a+b"] }, 0, 0), null);
});

test("a point names what it selects, or numbers of names", () => {
  assert.deepEqual(plain(named("a", [])), ["a"]);
  assert.deepEqual(plain(named([1, 0], ["a", "__proto__"])), ["__proto__", "a"]);
  assert.deepEqual(plain(named(["a", 0], ["b"])), ["a", "b"]);
  for (const nothing of [null, undefined, [], [5], 3, [null], [""]]) {
    assert.equal(named(nothing, ["a"]), null);
  }
});

test("a training set is part of another by its tasks, in any order", () => {
  assert.equal(subset("b+a", "a+c+b"), true);
  assert.equal(subset("a+d", "a+b"), false);
  assert.equal(subset("a", "ab"), false);
});

test("what has to do with a task, with a pair", () => {
  assert.equal(related(["a"], ["a+b", "c"]), true);
  assert.equal(related(["a"], ["b", "a"]), true);
  assert.equal(related(["a"], ["b"]), false);
  assert.equal(related(["a+b", "c"], ["a", "c"]), true);
  assert.equal(related(["a", "c"], ["a+b", "c"]), true);
  assert.equal(related(["a", "c"], ["a", "d"]), false);
  assert.equal(related(["a+b", "c"], ["c"]), true);
  assert.equal(related(["a+b", "c"], ["b"]), true);
  assert.equal(related(["a+b", "c"], ["d"]), false);
});

test("the cursor of a matrix stays at cells that there are and that are in sight", () => {
  const whole = [1026.2, -0.5];
  assert.deepEqual([-1, 0, 999, 1000].map((at) => nearestInSight(at, 1000, whole)), [0, 0, 999, 999]);
  assert.deepEqual([0, 52, 90].map((at) => nearestInSight(at, 1000, [49.5, 70.4])), [50, 52, 70]);
  // Of what is zoomed in on beside all cells, none is in sight.
  assert.equal(nearestInSight(5, 10, [11.2, 12.4]), 5);
});
