const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

test("a window that becomes narrow has room for fewer labels", () => {
  const told = [];
  const heard = {};
  const window = load("widgets/checkpoint-slider.js", {
    innerWidth: 1440,
    addEventListener: (kind, does) => { heard[kind] = does; },
    dash_clientside: { set_props: (id, props) => told.push(plain([id, props])) },
  }, { document: { querySelector: () => ({ setAttribute() {} }), documentElement: { toggleAttribute() {} } } });
  heard.resize();
  assert.deepEqual(told, []);
  const options = Array.from({ length: 20 }, (_, at) => ({ value: at ? 2000 - 100 * at : "last" }));
  const [hidden, most, marks] = window.dash_clientside.atlas.courseShown("last", options, 19);
  assert.deepEqual([hidden, most], [false, 19]);
  assert.equal(Object.keys(marks).length, 10);
  heard.resize();
  assert.deepEqual(told, []);
  window.innerWidth = 390;
  heard.resize();
  const [[id, { marks: fewer }]] = told;
  assert.equal(id, "transfer-step");
  assert.deepEqual(Object.values(fewer), ["400", "800", "1,200", "1,600", "last"]);
});
