const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const root = new Set();
const waiting = [];
const { later } = load("page/standing.js", {
  atlasDom: { whenDrawn: () => {} },
  clearTimeout: () => {},
  setTimeout: (then, ms) => waiting.push([ms, then]),
}, { document: { documentElement: { setAttribute: (name) => root.add(name) } } }).atlasStanding;

test("controls are seen at last where no list of them has anything in it", () => {
  assert.deepEqual(plain(waiting.map(([ms]) => ms)), [10000]);
  waiting.pop()[1]();
  waiting.pop()[1]();
  assert.deepEqual([...root], ["data-offered"]);
});

test("what stands after a part that is still to come is seen later, and so is one that is not fitted yet", () => {
  const part = (waits, itself = false) => ({ waits, itself });
  assert.deepEqual(plain(later([part(false), part(true), part(false), part(true)])), [false, false, true, true]);
  assert.deepEqual(plain(later([part(false), part(true, true), part(false)])), [false, true, true]);
  assert.deepEqual(plain(later([part(false), part(false)])), [false, false]);
  assert.deepEqual(plain(later([])), []);
});
