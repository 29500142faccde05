const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const page = { document: { addEventListener() {} }, ResizeObserver: class {} };
const { toPointer } = load("select/held.js", {}, page).atlasHeld;

test("a cell that left the pointer comes back by its middle, one below it stays", () => {
  assert.equal(toPointer({ top: 100, bottom: 130 }, 110), 0);
  assert.equal(toPointer({ top: 120, bottom: 150 }, 110), 25);
  assert.equal(toPointer({ top: 60, bottom: 90 }, 110), -35);
});
