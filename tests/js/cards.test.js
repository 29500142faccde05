const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const INPUT = { store: "input-a", cards: ["one"] };
const PLAN = { cardParts: [["graph", "figure"]], cardInside: [], figureConfig: {} };
const LARGE = "x".repeat(300e3);

// The scripts of cards over a page of one card in a tab that nobody has opened. known: question ->
// what the server has in memory.
function fresh(known) {
  const waits = [];
  const elements = {};
  const element = (id) => (elements[id] ||= {
    firstChild: {}, firstElementChild: id, style: {}, parentElement: null,
    closest: (selector) => (selector === ".page[hidden]" ? {} : null),
    toggleAttribute() {},
  });
  const document = { addEventListener() {}, querySelector: () => null, getElementById: element };
  const window = {
    navigator: {},
    setTimeout: (does) => does(),
    clearTimeout() {},
    atlasDom: { whenIdle: (does) => does() },
    atlasElements: { fill() {} },
    atlasStyleFacts: { ofCards() {} },
    atlasFigures: {
      wait: (graph, figure, config, beforehand) => waits.push([graph, beforehand]),
      drawAll() {}, drawAhead() {}, follow() {},
    },
    atlasRequests: {
      isAnswer: () => true,
      patiently: async (_, { body }) => ({
        status: 200, headers: { get: () => "application/json" }, text: async () => known(body),
      }),
    },
  };
  let somebody;
  document.addEventListener = (kind, does) => { somebody ||= does; };
  load("page/packed.js", window);
  load("page/answers.js", window, { document });
  load("page/cards.js", window, { document });
  return { cards: window.atlasCards, waits, somebody: () => somebody() };
}

const answer = (finding) => JSON.stringify({
  response: {
    "one-card": { hidden: false }, "one-frame": { hidden: false },
    "one-finding": { children: finding }, "one-graph": { figure: { data: [] } },
  },
});
const settled = () => new Promise((does) => { setImmediate(does); });

test("of tabs that nobody points at only small answers are drawn before they are opened", async () => {
  for (const [finding, drawn] of [["small", [["one-graph", true]]], [LARGE, []]]) {
    const { cards, waits, somebody } = fresh(() => answer(finding));
    cards.foresee(PLAN, [], [[INPUT, { query: {} }]]);
    somebody();
    await settled();
    assert.deepEqual(waits, drawn);
  }
});

test("of the tab somebody rests on also large ones are", async () => {
  const { cards, waits } = fresh(() => answer(LARGE));
  cards.expect(PLAN, [[INPUT, { query: {} }]]);
  await settled();
  assert.deepEqual(waits, [["one-graph", true]]);
});
