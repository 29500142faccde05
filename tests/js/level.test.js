const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { lower } = load("page/level.js", { atlasDom: { whenDrawn: () => {} } }).atlasLevel;

test("figures of one row begin where the lowest of them does, those of other rows by themselves", () => {
  const heads = [[100, 60], [100.4, 95], [101, 40], [700, 20], [700, 30]].map(([top, head]) => ({ top, head }));
  assert.deepEqual(plain(lower(heads)), [35, 0, 55, 10, 0]);
  assert.deepEqual(plain(lower([{ top: 0, head: 50 }])), [0]);
  assert.deepEqual(plain(lower([])), []);
});
