const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const page = { document: { addEventListener() {} }, ResizeObserver: class {} };
const { toPointer, intoSight } = load("select/held.js", {}, page).atlasHeld;

test("a cell that left the pointer comes back by its middle, one below it stays", () => {
  assert.equal(toPointer({ top: 100, bottom: 130 }, 110), 0);
  assert.equal(toPointer({ top: 120, bottom: 150 }, 110), 25);
  assert.equal(toPointer({ top: 60, bottom: 90 }, 110), -35);
});

test("a figure that the panel covers is scrolled to, and no further than to its left edge", () => {
  const seen = { left: 288, right: 1076 };
  assert.equal(intoSight({ left: 652, right: 1004 }, seen), 0);
  assert.equal(intoSight({ left: 1016, right: 1368 }, seen), 292);
  assert.equal(intoSight({ left: 300, right: 1400 }, seen), 12);
});
