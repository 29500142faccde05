const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { whole } = load("page/zoomed.js", { atlasDom: { whenDrawn: () => {} } }).atlasZoomed;
const figure = (axes) => ({ _fullLayout: { ...axes, title: {}, xaxisother: {} } });
const axis = (range, began = [], more = {}) => (
  { range, autorange: false, _rangeInitial0: began[0], _rangeInitial1: began[1], ...more });

test("of an axis that shows a part, the whole is where it began", () => {
  const gd = figure({ xaxis: axis([3, 5], [-0.5, 9.5]), yaxis2: axis([9.5, -0.5], [9.5, -0.5]) });
  assert.deepEqual(plain(whole(gd)), { "xaxis.range": [-0.5, 9.5] });
});

test("one that began without a range is as large as what is drawn", () => {
  assert.deepEqual(plain(whole(figure({ xaxis: axis([3, 5]) }))), { "xaxis.autorange": true });
  assert.deepEqual(plain(whole(figure({ xaxis: axis([3, 5], [], { fixedrange: true }) }))), {});
  assert.deepEqual(plain(whole(figure({ xaxis: axis([3, 5], [], { autorange: true }) }))), {});
});

test("what another size left out is no part, nor more than the whole, nor what was not drawn", () => {
  assert.deepEqual(plain(whole(figure({ xaxis: axis([-0.5, 9.4], [-0.5, 9.5]) }))), {});
  assert.deepEqual(plain(whole(figure({ yaxis: axis([21.75, -0.5], [7.72, -0.5]) }))), {});
  assert.deepEqual(plain(whole({})), {});
});
