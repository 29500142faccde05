const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const QUEUES = ["requested", "prioritized", "executing", "watched", "executed", "blocked"];
const CONTROLS = [
  { id: "study", key: "study", kind: "one", arranges: true, prop: "value" },
  { id: "tab", key: "tab", kind: "one", arranges: true, prop: "value" },
  { id: "method", key: "method", kind: "one", arranges: true, prop: "value" },
  { id: "selection", key: "select", kind: "list", arranges: false, prop: "value" },
];
// What no other control depends on: `arrange` is not asked when it is moved.
const STYLE = { id: "style", key: "style", kind: "one", arranges: false, prop: "value" };
const STANDS = { study: "one", tab: "matrices", method: "a", selection: [], style: "screen" };
const KEYS = ["study", "method"];
const page = (name, figureInputs) => ({
  title: name, panel: `page-${name}`, tab: `tab-${name}`, fetched: {}, singleSources: false, figureInputs });
const PLAN = {
  controls: CONTROLS, noComparison: "none",
  pages: {
    matrices: page("matrices", [{ store: "input-matrices", keys: KEYS, cards: ["actual"], opener: null }]),
    jobs: page("jobs", [{ store: "input-jobs", keys: KEYS, cards: null }]),
  },
};
const QUERY = { study: ["one"], tab: ["matrices"], method: ["a"] };
const settled = () => new Promise((does) => { setImmediate(does); });

// controls.js on a page of two tabs: what it tells Dash, and what it has others show.
function opened({
  address = "?study=one&tab=matrices&method=a", opening = null, controls = CONTROLS,
  afterDrawn = (does) => does() } = {}) {
  const plan = { ...PLAN, controls };
  const callbacks = Object.fromEntries(QUEUES.map((name) => [name, []]));
  const told = [];
  const shown = { cards: [], panel: [], selection: [] };
  const listeners = {};
  const timers = [];
  const steps = [];
  let stands = STANDS; // what Dash knows
  const element = () => ({
    setAttribute: () => {}, toggleAttribute: () => {}, getAttribute: () => null, scrollIntoView: () => {}, querySelector: () => null,
    matches: () => false });
  const elements = {};
  const document = {
    documentElement: element(),
    getElementById: (id) => elements[id] || (elements[id] = element()),
    querySelector: () => null, querySelectorAll: () => [],
    addEventListener: (kind, does) => { (listeners[kind] ||= []).push(does); },
  };
  const window = {
    location: { search: address, hash: "" },
    history: {
      state: null,
      pushState: (_, __, to) => { steps.push(["step", to]); window.location.search = to; },
      replaceState: (_, __, to) => { steps.push(["instead", to]); window.location.search = to; },
    },
    addEventListener: (kind, does) => { (listeners[kind] ||= []).push(does); },
    dash_component_api: { getLayout: (id) => ({ props: { value: stands[id] } }) },
    setTimeout: (does, _, ...given) => { timers.push(() => does(...given)); return timers.length; },
    clearTimeout: () => {},
    store: { getState: () => ({ callbacks }) },
    dash_clientside: {
      no_update: "as it is", callback_context: { triggered: [] },
      set_props: (id, props) => told.push([id, plain(props.data)]),
    },
    atlasAppearance: { mode: () => "light" },
    atlasOpening: { shown: async () => opening, end: () => {} },
    atlasFigures: { expect: () => {}, afterDrawn },
    atlasStyleFacts: { follow: () => {} },
    atlasFetched: { follow: () => {}, expect: () => {} },
    atlasSelection: { follow: (selection) => { shown.selection.push(plain(selection)); return selection; } },
    atlasPanel: { follow: (_, query, mode, version) => shown.panel.push(plain([query, mode, version])) },
    atlasCards: {
      follow: (_, { store }, data) => shown.cards.push([store, plain(data)]),
      expect: () => {}, reveal: () => {}, foresee: () => {}, leave: () => {},
      sparing: () => false,
    },
  };
  load("state/url-query.js", load("state/task-bits.js", window));
  load("state/tabs.js", window, { document });
  load("state/told.js", window, { document });
  load("state/controls.js", window, { document });
  const { gather, apply } = window.dash_clientside.atlas;
  const values = (at) => {
    stands = { ...STANDS, ...at };
    return controls.map(({ id }) => stands[id]);
  };
  return {
    told, shown, timers, callbacks, elements, steps,
    // The browser stands at another address, as after Back. at: what the controls stand at, as Dash has it.
    goesTo: (search, at) => {
      values(at);
      window.location.search = search;
      listeners.popstate.forEach((does) => does());
    },
    // Dash has read the address, or a control.
    gathers: (triggered, at) => {
      window.dash_clientside.callback_context.triggered = triggered.map((prop_id) => ({ prop_id }));
      gather("", "light", plan, ...values(at));
    },
    // The server has said what the controls offer. at: where they stand when it has.
    applies: (state, at) => plain(apply({
      for: QUERY, from: "address", version: "v", study: "One", scale: "s", query: QUERY,
      values: { study: "one", tab: "matrices", method: "a", selection: [] }, ...state,
    }, ...values(at))),
    rests: (tab) => {
      const target = { closest: (selector) => (selector === "[data-tab]" ? { dataset: { tab } } : null) };
      listeners.pointerover.forEach((does) => does({ target }));
      timers.splice(0).forEach((does) => does());
    },
    clicks: (tab) => {
      const target = { closest: (selector) => (selector === "[data-tab]" ? { dataset: { tab } } : null) };
      listeners.click.forEach((does) => does({ target }));
    },
    again: () => window.atlasNavigation.again(),
    // A list of the page is chosen from, as React tells it.
    chooses: (id, value) => listeners.change.forEach((does) => does({
      target: { id, value, options: [{ value }], matches: () => true, dispatchEvent: () => {} },
      stopPropagation: () => {},
    })),
    later: () => timers.splice(0).forEach((does) => does()),
    of: (store) => told.filter(([id]) => id === store).map(([, data]) => data),
  };
}

// A page that has drawn its first tab, with the other one told of what it would show.
function expecting() {
  const at = opened();
  at.gathers(["address.data"]);
  at.applies();
  at.gathers(["method.value"]);
  at.rests("jobs");
  return at;
}

test("a tab that was made beforehand and is opened is told again where no answer comes", () => {
  const at = expecting();
  assert.deepEqual(at.of("input-jobs").map(({ foreseen }) => foreseen), [true]);
  at.clicks("jobs");
  assert.deepEqual(at.of("input-jobs").map(({ foreseen }) => foreseen), [true, undefined]);
});

test("no job is begun for a tab that was left before its answer was known to be missing", () => {
  const at = expecting();
  at.clicks("jobs");
  assert.equal(at.of("input-jobs").length, 2);

  const left = expecting();
  left.callbacks.watched.push("the answer to what was told beforehand");
  left.clicks("jobs");
  left.clicks("matrices");
  left.callbacks.watched.length = 0;
  left.later();
  left.later();
  assert.deepEqual(left.of("input-jobs").map(({ foreseen }) => foreseen), [true]);
  // Opened again, it is told.
  left.clicks("jobs");
  assert.deepEqual(left.of("input-jobs").map(({ foreseen }) => foreseen), [true, undefined]);
});

test("a selection in the address is shown with the early answer, and stays when the controls know", async () => {
  const select = ["x", "y"];
  const query = { ...QUERY, select };
  const opening = { tab: "matrices", study: "One", version: "v", query };
  const at = opened({ address: "?study=one&tab=matrices&method=a&select=x&select=y", opening });
  at.gathers(["address.data"]);
  assert.deepEqual(at.shown, { cards: [], panel: [], selection: [] });
  await settled();
  assert.deepEqual(at.shown.selection, [select]);
  assert.deepEqual(at.shown.panel, [[query, "light", "v"]]);
  const asked = { query: { study: ["one"], method: ["a"] }, mode: "light", version: "v" };
  assert.deepEqual(at.shown.cards, [["input-matrices", asked]]);
  // The controls are told of it; who follows them asks the same again.
  const values = at.applies({ for: query, query, values: { study: "one", tab: "matrices", method: "a", selection: select } });
  assert.deepEqual(values.at(-1), select);
  at.gathers(["selection.data"], { selection: select });
  assert.deepEqual(at.shown.selection, [select, select]);
  assert.deepEqual(at.shown.cards[1], at.shown.cards[0]);
});

test("what was selected in an early figure is not taken back by what the address said", async () => {
  const opening = { tab: "matrices", study: "One", version: "v", query: QUERY };
  const at = opened({ opening });
  at.gathers(["address.data"]);
  await settled();
  assert.equal(at.shown.cards.length, 1);
  // Dash holds `gather` back while the answer is under way: the control stands at what was clicked.
  assert.equal(at.applies({}, { selection: ["x", "y"] }).at(-1), "as it is");
  at.gathers(["selection.data"], { selection: ["x", "y"] });
  assert.deepEqual(at.shown.panel.at(-1)[0].select, ["x", "y"]);
});

test("a tab chosen before the controls know is shown when they do, other controls as the address has them", () => {
  const at = opened();
  at.gathers(["address.data"]);
  at.clicks("jobs");
  assert.deepEqual(at.of("tab"), ["jobs"]);
  // Nothing is known of what there is to show yet.
  assert.deepEqual(at.shown.cards, []);
  assert.deepEqual(at.of("input-jobs"), []);
  const [scale, ...stand] = at.applies({}, { tab: "jobs", method: "b" });
  assert.equal(scale, "s");
  assert.deepEqual(stand, ["one", "as it is", "a", []]);
  at.gathers(["tab.data", "method.value"], { tab: "jobs", method: "a" });
  assert.deepEqual(at.of("input-jobs"), [
    { query: { study: ["one"], method: ["a"] }, mode: "light", version: "v" }]);
  assert.equal(at.elements["page-jobs"].hidden, false);
  assert.equal(at.elements["page-matrices"].hidden, true);
});

// A page that is drawn, every control as the address has it.
function drawn(more = {}) {
  const at = opened({ controls: [...CONTROLS, STYLE], ...more });
  at.gathers(["address.data"]);
  at.applies({ values: STANDS });
  at.gathers(["method.value"]);
  return at;
}

test("an answer leaves alone what was chosen since it was asked for, also where that was followed already", () => {
  const at = drawn();
  at.gathers(["method.value"], { method: "b" });
  const { query, from } = at.of("state").at(-1);
  assert.equal(from, "controls");
  const answer = { from, for: query, values: { ...STANDS, method: "b" } };
  // Nobody is asked about a style: the answer under way is still the one that is wanted.
  at.gathers(["style.value"], { method: "b", style: "print" });
  assert.equal(at.of("state").length, 2);
  assert.deepEqual(
    at.applies(answer, { method: "b", style: "print" }).slice(1), Array(5).fill("as it is"));
  // What nobody has touched stands as the answer says.
  const other = drawn();
  other.gathers(["method.value"], { method: "b" });
  assert.equal(other.applies({ ...answer, values: { ...answer.values, style: "print" } }, { method: "b" }).at(-1), "print");
});

test("what was chosen while new data are read stays, the rest is as the new data have it", () => {
  for (const [id, value] of [["method", "b"], ["selection", ["x", "y"]], ["style", "print"], ["tab", "jobs"]]) {
    const at = drawn();
    at.again();
    const { query } = at.of("state").at(-1);
    const stands = at.applies({ for: query, version: "w", values: STANDS }, { [id]: value }).slice(1);
    const expected = [...CONTROLS, STYLE].map((one) => (one.id === id ? "as it is" : STANDS[one.id]));
    assert.deepEqual(stands, expected);
  }
});

test("what was chosen of a study is not kept for another one", () => {
  const at = drawn();
  at.gathers(["study.value"], { study: "two" });
  const { query, from } = at.of("state").at(-1);
  assert.equal(from, "study");
  const stands = at.applies(
    { for: query, from, values: { ...STANDS, study: "two" } }, { study: "two", method: "b", style: "print" });
  assert.deepEqual(stands.slice(1), ["two", "matrices", "a", [], "screen"]);
});

test("a list that Dash is not told of yet is not taken back by new data", () => {
  const waiting = [];
  const at = drawn({ afterDrawn: (does) => waiting.push(does) });
  at.again();
  const { query } = at.of("state").at(-1);
  at.chooses("style", "print");
  assert.equal(waiting.length, 1);
  assert.equal(at.applies({ for: query, version: "w", values: STANDS }).at(-1), "as it is");
});

const BEFORE = "?study=one&tab=matrices&method=b";
const BEFORE_QUERY = { study: ["one"], tab: ["matrices"], method: ["b"] };

test("what was chosen between Back and the reading of its address is a step from that one", () => {
  for (const triggers of [[["style.value"], ["address.data"]], [["style.value", "address.data"]]]) {
    const at = drawn();
    at.steps.length = 0;
    at.goesTo(BEFORE);
    triggers.forEach((triggered) => at.gathers(triggered, { style: "print" }));
    assert.deepEqual(at.steps, [["step", `${BEFORE}&style=print`]]);
    const asked = { ...BEFORE_QUERY, style: ["print"] };
    assert.deepEqual(at.of("state").at(-1), { query: asked, from: "address", kept: null });
    const values = { ...STANDS, method: "b", style: "print" };
    assert.deepEqual(at.applies({ for: asked, query: asked, values }, { style: "print" }).slice(1),
      ["one", "matrices", "b", [], "print"]);
  }
});

test("of another study's address a tab alone is chosen meanwhile, and another study is the last act", () => {
  const gone = "?study=two&tab=matrices&method=c";
  const at = drawn();
  at.steps.length = 0;
  at.goesTo(gone);
  at.gathers(["address.data"], { tab: "jobs", style: "print" });
  assert.deepEqual(at.steps, [["step", "?study=two&tab=jobs&method=c"]]);

  const other = drawn();
  other.steps.length = 0;
  other.goesTo(BEFORE);
  other.gathers(["study.value", "address.data"], { study: "two", style: "print" });
  const { query, from } = other.of("state").at(-1);
  assert.deepEqual([query, from, other.steps], [{ study: ["two"], tab: ["matrices"] }, "study", []]);
  const values = { ...STANDS, study: "two" };
  other.applies({ for: query, from, values }, { study: "two", style: "print" });
  other.gathers(["study.value"], { study: "two" });
  assert.deepEqual(other.steps, [["step", "?study=two&tab=matrices&method=a&select=&style=screen"]]);
});

test("Back takes what was chosen before it, also where that was not followed yet", () => {
  const waiting = [];
  for (const [chosen, told] of [
    [(at) => at.gathers(["style.value"], { style: "print" }), { style: "print" }],
    [() => {}, { style: "print" }], // Dash holds `gather` back
    [(at) => at.chooses("style", "print"), {}], // Dash is told when it is drawn
  ]) {
    const at = drawn({ afterDrawn: (does) => waiting.push(does) });
    chosen(at);
    at.steps.length = 0;
    at.goesTo(BEFORE, told);
    waiting.splice(0).forEach((does) => does());
    at.gathers(["style.value", "address.data"], told);
    assert.deepEqual(at.steps, []);
    assert.deepEqual(at.of("state").at(-1).query, BEFORE_QUERY);
  }
});

test("what an answer moves is not chosen, whether it came before Back or between it and the reading", () => {
  for (const late of [false, true]) {
    const at = drawn();
    at.gathers(["method.value"], { method: "b" });
    const { query, from } = at.of("state").at(-1);
    const answers = () => assert.equal(
      at.applies({ from, for: query, values: { ...STANDS, method: "b", style: "print" } }, { method: "b" }).at(-1),
      "print");
    at.steps.length = 0;
    if (!late) {
      answers();
    }
    at.goesTo(BEFORE, { method: "b", style: late ? "screen" : "print" });
    if (late) {
      answers();
    }
    at.gathers(["style.value"], { method: "b", style: "print" });
    at.gathers(["address.data"], { method: "b", style: "print" });
    assert.deepEqual(at.steps, []);
    assert.deepEqual(at.of("state").at(-1).query, BEFORE_QUERY);
  }
});

test("what is chosen while the address after Back is read is a step from it, not one from the page before", () => {
  for (const [id, value, chooses] of [
    ["style", "print", (at) => at.chooses("style", "print")], ["tab", "jobs", (at) => at.clicks("jobs")]]) {
    const at = drawn();
    at.goesTo(BEFORE);
    at.gathers(["address.data"]);
    at.steps.length = 0;
    chooses(at);
    // Dash holds `gather` back until the answer is there.
    assert.deepEqual(at.steps, []);
    const stands = at.applies(
      { for: BEFORE_QUERY, query: BEFORE_QUERY, values: { ...STANDS, method: "b" } }, { [id]: value });
    assert.equal(stands[1 + [...CONTROLS, STYLE].findIndex((one) => one.id === id)], "as it is");
    at.gathers(["method.value", `${id}.value`], { method: "b", [id]: value });
    const shown = { ...STANDS, [id]: value };
    assert.deepEqual(at.steps, [["step", `?study=one&tab=${shown.tab}&method=b&select=&style=${shown.style}`]]);
  }
});
