const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

// Of React what fixed.js takes of it: elements as plain values.
const React = {
  Fragment: "fragment",
  createElement: (tag, props, ...children) => ({ tag, props: props || {}, children }),
};
const { Fixed } = load("base/fixed.js", { React }).transfer_atlas;
const draw = (props) => plain(Fixed(props));
const element = (type, props) => ({ type, props });

test("a tree becomes elements with attributes and texts as they are", () => {
  const tree = element("Div", {
    className: "a", "data-b": "c", children: ["text", element("B", { children: 7 }), null],
  });
  assert.deepEqual(draw({ tree }), {
    tag: "div",
    props: { className: "a", "data-b": "c" },
    children: ["text", { tag: "b", props: {}, children: [7] }, null],
  });
});

test("components stand in their slots, one alone and several", () => {
  const tree = [{ slot: 1 }, element("P", { children: { slot: 0 } })];
  assert.deepEqual(draw({ tree, children: ["one", "two"] }), {
    tag: "fragment", props: {}, children: ["two", { tag: "p", props: {}, children: ["one"] }],
  });
  const alone = element("P", { children: ["before", { slot: 0 }] });
  assert.deepEqual(draw({ tree: alone, children: "one" }).children, ["before", "one"]);
});

test("what a callback changes is of the outermost element alone", () => {
  const tree = element("Div", { className: "a", children: element("P", { hidden: false }) });
  const drawn = draw({ tree, id: "group", hidden: true });
  assert.deepEqual(drawn.props, { className: "a", id: "group", hidden: true });
  assert.deepEqual(drawn.children[0].props, { hidden: false });
});

test("an element that Dash does not name keeps its own name, and whether it is hidden", () => {
  const tree = element("Div", { id: "bar", hidden: true });
  assert.deepEqual(draw({ tree }).props, { id: "bar", hidden: true });
});
