const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const PLAN = { panel: { story: ["select"], similarity: ["select"] } };

// The page's panel; answers: what the server tells, one after the other, null for nothing.
function page(...answers) {
  const asked = [];
  const elements = {};
  const element = (id) => elements[id] || (elements[id] = {
    id, hidden: id === "panel", textContent: "", told: [], classList: { toggle() {} },
    setAttribute() {}, toggleAttribute() {}, replaceChildren(...pieces) { this.told = pieces; },
  });
  const told = (text) => ({ dataset: { title: text, number: "" }, childNodes: [text] });
  const window = {
    setTimeout: () => 0, clearTimeout() {},
    atlasSelection: { remark() {} },
    atlasPanelSide: { place() {} },
    atlasFilling: { fill: (_, place, pieces) => place.replaceChildren(...pieces) },
    atlasFetched: {
      address: (part, _, query) => `${part}?${query.select}`,
      part: async (url) => {
        asked.push(url);
        const text = url.startsWith("panel/story") ? await answers.shift() : "";
        return { firstElementChild: text === null ? null : told(text) };
      },
    },
  };
  const document = { getElementById: element };
  load("select/panel.js", window, { document, AbortController });
  return { panel: window.atlasPanel, element, asked };
}

test("what is selected is told once, and again where it is another", async () => {
  const { panel, element, asked } = page("a", "b");
  const follow = (name) => panel.follow(PLAN, { select: [name] }, "light", "1");
  await follow("a");
  await follow("a");
  assert.deepEqual(asked, ["panel/story?a", "panel/similarity?a"]);
  assert.equal(element("panel").hidden, false);
  assert.deepEqual(element("panel-body").told, ["a"]);
  await panel.select(["b"]);
  assert.deepEqual(element("panel-body").told, ["b"]);
  await panel.select([]);
  assert.equal(element("panel").hidden, true);
  assert.deepEqual(element("panel-body").told, []);
});

test("where a study that is being read has nothing to tell, the same is asked once more", async () => {
  const { panel, element, asked } = page(null, "a");
  const follow = () => panel.follow(PLAN, { select: ["a"] }, "light", "1");
  await follow();
  assert.equal(element("panel").hidden, true);
  await follow();
  assert.equal(asked.filter((url) => url === "panel/story?a").length, 2);
  assert.equal(element("panel").hidden, false);
  assert.deepEqual(element("panel-body").told, ["a"]);
});

test("similarity is asked for when the story is told, however often the same is followed", async () => {
  let tell;
  const { panel, asked, element } = page(new Promise((resolve) => { tell = resolve; }));
  const follow = () => panel.follow(PLAN, { select: ["a"] }, "light", "1");
  const both = [follow(), follow()];
  await new Promise(setImmediate);
  assert.deepEqual(asked, ["panel/story?a"]);
  tell("a");
  await Promise.all(both);
  assert.deepEqual(element("panel-body").told, ["a"]);
  assert.deepEqual(asked, ["panel/story?a", "panel/similarity?a"]);
});
