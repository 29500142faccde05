const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const TOLD = { tab: "balance", study: "One", version: "v", query: { study: ["one"] }, questions: ["q", "r"] };
const json = (value, status = 200) => ({
  ok: status < 400, status, json: async () => value,
  headers: { get: () => (status === 204 ? null : "application/json") },
});
const settled = () => new Promise((does) => { setImmediate(does); });

// answers: what the server says to each address.
async function opened({ search = "?tab=balance", hash = "", kept, saveData, answers = {} } = {}) {
  const asked = [];
  const window = {
    location: { search, hash }, history: { state: kept ? { kept } : null }, navigator: { connection: { saveData } },
    atlasAppearance: { mode: () => "dark" },
    fetch: async (url, options) => {
      asked.push([url, options.body]);
      const answer = (answers[options.body || "opening"] ?? (() => json(TOLD)))();
      return answer;
    },
  };
  load("../boot/opening.js", window);
  await settled();
  return { asked, opening: window.atlasOpening };
}

test("what an address shows is asked for, and the answers of its cards", async () => {
  const { asked, opening } = await opened();
  assert.deepEqual(asked, [
    ["opening?tab=balance&mode=dark", undefined],
    ["_dash-update-component", "q"], ["_dash-update-component", "r"],
  ]);
  assert.deepEqual(plain(await opening.shown("?tab=balance", "dark")), { ...TOLD, mode: "dark" });
  assert.equal(await opening.shown("?tab=plan", "dark"), null);
  assert.equal(await opening.shown("?tab=balance", "light"), null);
});

test("an answer is taken once, and none where all was asked for", async () => {
  const { opening } = await opened();
  assert.equal((await opening.take("q")).status, 200);
  assert.equal(opening.take("q"), null);
  opening.end();
  assert.equal(opening.take("r"), null);
});

test("a refused or lost answer is none", async () => {
  const gone = () => { throw new Error("no network"); };
  const { opening } = await opened({ answers: { q: () => json({}, 503), r: gone } });
  assert.equal(await opening.take("q"), null);
  assert.equal(await opening.take("r"), null);
  const { opening: busy } = await opened({ answers: { q: () => json({}, 202) } });
  assert.equal(await busy.take("q"), null);
  for (const nothing of [() => json(null, 204), () => json({}, 500), () => json({}, 202), gone]) {
    const { asked, opening: none } = await opened({ answers: { opening: nothing } });
    assert.equal(asked.length, 1);
    assert.equal(await none.shown("?tab=balance", "dark"), null);
  }
});

test("nothing is asked for where the address does not say all, or data are saved", async () => {
  const long = { search: `?exclude=${"a".repeat(4000)}` };
  for (const other of [{ hash: "#exclude=a" }, long, { kept: { chosen: "a" } }, { saveData: true }]) {
    const { asked, opening } = await opened(other);
    assert.deepEqual(asked, []);
    assert.equal(await opening.shown(other.search || "?tab=balance", "dark"), null);
  }
  assert.equal((await opened({ hash: "#workspace" })).asked.length, 3);
});
