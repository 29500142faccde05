const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { outermost, gather, same } = load("base/dispatches.js").atlasDispatches;
const reset = (...itempath) => ({ type: "RESET_COMPONENT_STATE", payload: { itempath } });
const change = (props, source, ...itempath) =>
  ({ type: "ON_PROP_CHANGE", payload: { itempath, props, source } });

// A store that writes down what reaches it, and what it was told to do later.
function watched(layout) {
  const told = [];
  const later = [];
  const heard = [];
  let state = { layout, callbacks: 0 };
  const dispatch = (action) => {
    told.push(action);
    const part = action.type === "callbacks" ? "callbacks" : "loading";
    state = { ...state, [part]: told.length };
    heard.forEach((listener) => listener());
    return action;
  };
  const store = { dispatch, getState: () => state, subscribe: (one) => heard.push(one) };
  gather(store, (work) => later.push(work));
  const all = () => later.splice(0).forEach((work) => work());
  return { store, dispatch: store.dispatch, told, later, all };
}

test("of paths in each other the outermost are left", () => {
  const paths = [["a", 1, "b"], ["a", 2, "b"], ["a", 1], ["a", 1, "c"], ["a", 10], ["a", 1]];
  assert.deepEqual(plain(outermost(paths)), [["a", 1], ["a", 10], ["a", 2, "b"]]);
});

test("resets wait until later, and are then told once each", () => {
  const { dispatch, told, later } = watched({});
  [reset("a", 1), reset("a"), reset("b")].forEach(dispatch);
  assert.equal(told.length, 0);
  assert.equal(later.length, 1);
  later[0]();
  assert.deepEqual(plain(told.map((action) => action.payload.itempath)), [["a"], ["b"]]);
});

test("any other action comes after the resets before it, those inside of functions too", () => {
  const { dispatch, told } = watched({ a: { props: { n: 1 } } });
  dispatch(reset("a"));
  dispatch((inner, getState) => {
    assert.equal(getState().layout.a.props.n, 1);
    inner(reset("b"));
    inner(change({ n: 2 }, "response", "a"));
  });
  assert.deepEqual(told.map(({ type }) => type),
    ["RESET_COMPONENT_STATE", "RESET_COMPONENT_STATE", "ON_PROP_CHANGE"]);
});

test("an answer that changes nothing reaches nobody, one that does reaches all", () => {
  const { dispatch, told } = watched({ a: { props: { n: [1, { deep: "x" }] } } });
  dispatch(change({ n: [1, { deep: "x" }] }, "response", "a"));
  assert.equal(told.length, 0);
  const others = [
    change({ n: [1, { deep: "y" }] }, "response", "a"),
    change({ n: [1, { deep: "x" }], more: undefined }, "response", "a"),
    change({ n: [1, { deep: "x" }] }, "response", "nowhere"),
    change({ n: [1, { deep: "x" }] }, undefined, "a"),
  ];
  others.forEach(dispatch);
  assert.deepEqual(told, others);
});

test("components hear of actions in a row once, and at once of what a person did", () => {
  const { store, dispatch, all } = watched({ a: { props: { n: 1 } } });
  let heard = 0;
  const leave = store.subscribe(() => { heard += 1; });
  dispatch({ type: "loading" });
  dispatch(change({ n: 2 }, "response", "a"));
  assert.equal(heard, 0);
  all();
  assert.equal(heard, 1);
  dispatch({ type: "loading" });
  dispatch(change({ n: 3 }, undefined, "a"));
  assert.equal(heard, 2);
  all();
  assert.equal(heard, 2);
  dispatch({ type: "callbacks" });
  all();
  assert.equal(heard, 2);
  leave();
  dispatch(change({ n: 4 }, undefined, "a"));
  assert.equal(heard, 2);
});

test("equal is what has the same parts", () => {
  assert.ok(same({ a: [1, null] }, { a: [1, null] }));
  assert.ok(!same({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!same({ a: 1, b: undefined }, { a: 1, c: undefined }));
  assert.ok(!same([1], { 0: 1 }));
  assert.ok(!same(null, {}));
});
