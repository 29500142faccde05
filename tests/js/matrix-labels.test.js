const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { placesIn, toSight } = load("page/matrix-labels.js").atlasMatrixLabels;

test("the whole of a large matrix has the names that the server wrote", () => {
  assert.equal(placesIn([-0.5, 1026.2], 924, 13, 20), null);
  assert.equal(placesIn([1026.2, -0.5], 924, 13, 20), null);
});

test("zoomed in, as many names as have room, from the first in sight", () => {
  assert.deepEqual(plain(placesIn([403.5, 410.4], 900, 13, 20)), [404, 405, 406, 407, 408, 409, 410]);
  const some = plain(placesIn([443, 101], 900, 13, 20));
  assert.deepEqual(some.slice(0, 3), [105, 110, 115]);
  assert.equal(some.at(-1), 440);
  assert.equal(placesIn([0, 990], 900, 13, 20), null);
});

test("no name before the first cell, and none where no cell is in sight", () => {
  assert.equal(plain(placesIn([-3, 20], 900, 13, 20))[0], 0);
  assert.deepEqual(plain(placesIn([-9, -3], 900, 13, 20)), []);
});

test("where groups are named, names of cells come when every second has room", () => {
  assert.equal(placesIn([100, 400], 900, 13, 3), null);
  assert.deepEqual(plain(placesIn([100, 110], 900, 13, 3)).length, 11);
});

test("what columns are called stands in the middle of those in sight", () => {
  assert.equal(toSight(60, 200, 0, 300), 0);
  assert.equal(toSight(60, 900, 0, 360), -300);
  assert.equal(toSight(60, 900, 600, 360), 270);
  assert.equal(toSight(60, 100, 400, 300), 0);
});
