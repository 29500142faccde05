const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// A page with a panel; kept: where it stood the last time.
function page(kept) {
  const attributes = () => {
    const there = new Set();
    return { there, toggleAttribute: (name, on) => (on ? there.add(name) : there.delete(name)) };
  };
  const root = { ...attributes(), rail: "open", getAttribute: () => root.rail };
  const elements = {
    panel: { hidden: true },
    workspace: attributes(),
    "panel-side": { setAttribute(name, value) { this[name] = value; } },
  };
  let click;
  const store = { "transfer-atlas-panel": kept };
  const window = {
    innerWidth: 1440, addEventListener() {}, dispatchEvent() {},
    localStorage: { getItem: (key) => store[key], setItem: (key, value) => { store[key] = value; } },
  };
  const document = {
    documentElement: root, getElementById: (id) => elements[id],
    addEventListener: (_, does) => { click = does; },
  };
  load("select/panel-side.js", window, { document, Event: class {} });
  const stands = () => [root.there.has("data-over"), elements.workspace.there.has("data-beside")];
  const press = () => click({ target: { closest: () => elements["panel-side"] } });
  return { ...window.atlasPanelSide, window, root, elements, store, stands, press };
}

test("at the right it takes room, at the left it is over the controls, and there the next time", () => {
  const one = page();
  one.place();
  assert.deepEqual(one.stands(), [false, false], "nothing is selected");
  one.elements.panel.hidden = false;
  one.place();
  assert.deepEqual(one.stands(), [false, true]);
  one.press();
  assert.deepEqual(one.stands(), [true, false]);
  assert.equal(one.elements["panel-side"]["aria-label"], "To the right: the controls come back");
  const next = page(one.store["transfer-atlas-panel"]);
  next.elements.panel.hidden = false;
  next.place();
  assert.deepEqual(next.stands(), [true, false]);
  next.press();
  assert.deepEqual(next.stands(), [false, true]);
});

test("where no controls stand beside the figures it is at the right, or a sheet", () => {
  const { side } = page("left");
  assert.equal(side({ wanted: true, folded: false, width: 1440 }), "left");
  assert.equal(side({ wanted: true, folded: true, width: 1440 }), "right");
  assert.equal(side({ wanted: true, folded: false, width: 390 }), "right");
});
