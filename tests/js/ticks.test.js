const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

// As much of an element as a list of ticks uses.
function element(tag, properties = {}, ...children) {
  const heard = {};
  return Object.assign({
    tag, children: children.filter(Boolean), dataset: {},
    style: { setProperty: () => {} },
    classList: { toggle: () => {} },
    setAttribute: () => {}, toggleAttribute: () => {}, contains: () => false, remove: () => {},
    addEventListener: (kind, does) => { heard[kind] = does; },
    replaceChildren(...others) { this.children = others; },
    insertBefore(child, next) {
      const at = this.children.indexOf(next);
      this.children.splice(at < 0 ? this.children.length : at, 0, child);
    },
    clicked() { this.checked = !this.checked; heard.change(); },
  }, properties);
}

const all = (one) => [one, ...(one.children || []).flatMap(all)];

// A list of three tasks of a group in the page.
function listed() {
  const place = element("div");
  const told = [];
  const context = { inputs: { "tasks-offered.data": 0, "tasks.data": 0 } };
  const window = {
    atlasDom: { made: element }, atlasStanding: { offered() {} },
    getComputedStyle: () => ({ getPropertyValue: () => "24" }),
    dash_clientside: {
      callback_context: context,
      set_props: (id, { data }) => told.push([id, plain(data)]),
    },
  };
  load("state/tick-lines.js", window);
  load("state/ticks.js", window, {
    document: { querySelector: () => place, getElementById: () => null, activeElement: null },
    ResizeObserver: class { observe() {} },
  });
  const options = ["a", "b", "c"].map((value) => ({ value, label: value, group: "g" }));
  const ticks = () => all(place).filter(({ type }) => type === "checkbox");
  return {
    told, every: window.atlasTicks.every,
    // Dash tells what the store holds; not while an answer is under way.
    follows: (value) => window.dash_clientside.atlas.ticks(options, value),
    click: (value) => ticks().find((one) => one.value === value).clicked(),
    on: () => ticks().filter(({ value, checked }) => value && checked).map(({ value }) => value),
    group: () => { const [one] = ticks(); return one.indeterminate ? "some" : one.checked; },
  };
}

test("ticks taken away while Dash holds the list back are all taken away", () => {
  const list = listed();
  list.follows(["a", "b", "c"]);
  assert.deepEqual([list.on(), list.group()], [["a", "b", "c"], true]);
  list.click("a");
  list.click("b");
  assert.deepEqual(list.told, [["tasks", ["b", "c"]], ["tasks", ["c"]]]);
  // The tick of the group knows before Dash does.
  assert.deepEqual([list.on(), list.group()], [["c"], "some"]);
  list.follows(["c"]);
  assert.deepEqual(list.on(), ["c"]);
});

test("none and one more, chosen while Dash holds the list back, are one", () => {
  const list = listed();
  list.follows(["a", "b", "c"]);
  list.every("tasks", false);
  assert.deepEqual([list.on(), list.group()], [[], false]);
  list.click("b");
  assert.deepEqual(list.told, [["tasks", []], ["tasks", ["b"]]]);
  // What Dash has otherwise, as of another address, is followed.
  list.follows(["a"]);
  assert.deepEqual(list.on(), ["a"]);
});
