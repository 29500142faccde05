const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const CALLBACK = { store: "input-a", cards: ["one", "two"], opener: null };
const PARTS = [["graph", "figure"], ["card", "hidden"]];

// answers.js with what reads an answer; asks: how the server answers what somebody waits for.
const fresh = () => {
  const window = load("page/answers.js", load("page/packed.js"));
  window.atlasRequests = { withoutEnd: (...asked) => window.asks(...asked) };
  return { window, answers: window.atlasAnswers };
};
// A word that is the answer, and what it is kept as.
const words = (answer) => answer && answer.told();
const said = (status, text, headers = {}) => ({
  status, ok: status < 400, text: async () => (status < 300 ? JSON.stringify(text) : text),
  headers: { get: (name) => headers[name] || null },
});

test("a question is what Dash would ask", () => {
  const { answers } = fresh();
  const asked = JSON.parse(answers.questionOf(PARTS, CALLBACK, { query: {} }));
  assert.equal(asked.output, "..one-graph.figure...one-card.hidden...two-graph.figure...two-card.hidden..");
  assert.deepEqual(plain(asked.inputs), [{ id: "input-a", property: "data", value: { query: {} } }]);
  assert.deepEqual(asked.changedPropIds, ["input-a.data"]);
  const folded = JSON.parse(answers.questionOf(PARTS, { ...CALLBACK, opener: "fold" }, {}));
  assert.deepEqual(plain(folded.inputs[1]), { id: "fold", property: "data", value: true });
});

test("what was used last is kept longest, and never more than there is room for", () => {
  const { keep, kept, has, forget } = fresh().answers.keeper(10);
  keep("a", "12345");
  keep("b", "1234");
  assert.equal(kept("a"), "12345");
  keep("c", "12");
  assert.deepEqual(["a", "b", "c"].map(has), [true, false, true]);
  keep("a", "1");
  keep("d", "1234567");
  assert.deepEqual(["a", "c", "d"].map(has), [true, true, true]);
  keep("larger than all", "12345678901");
  assert.equal(has("larger than all"), false);
  forget();
  assert.deepEqual(["a", "c", "d"].map(has), [false, false, false]);
});

test("an answer is kept unless the server says that it is another one the next time", async () => {
  const { window, answers } = fresh();
  window.asks = async () => said(200, "x");
  assert.equal(words(await answers.answerTo("q")), "x");
  assert.equal(words(answers.kept("q")), "x");
  window.asks = async () => said(200, "job", { "Cache-Control": "no-store" });
  assert.equal(words(await answers.answerTo("r")), "job");
  assert.equal(answers.kept("r"), undefined);
  window.asks = async () => said(204, "");
  assert.equal(await answers.answerTo("s"), null);
  window.asks = async () => said(422, "No.\n", { "Content-Type": "text/plain" });
  await assert.rejects(answers.answerTo("t"), { message: "No." });
});

test("an answer that is under way already is not asked for again, unless it was refused", async () => {
  const { window, answers } = fresh();
  const early = { q: said(200, "early"), r: null };
  window.atlasOpening = { take: async (question) => early[question] };
  window.asks = async () => said(200, "asked");
  assert.equal(words(await answers.answerTo("q")), "early");
  assert.equal(words(answers.kept("q")), "early");
  assert.equal(words(await answers.answerTo("r")), "asked");
});

test("an answer that was under way when all were forgotten is not kept", async () => {
  const { window, answers } = fresh();
  let tell;
  window.asks = () => new Promise((does) => { tell = does; });
  const told = answers.answerTo("q");
  answers.forget();
  tell(said(200, "old"));
  assert.equal(words(await told), "old");
  assert.equal(answers.kept("q"), undefined);
});

test("what the server has not in memory is foreseen once", async () => {
  const { window, answers } = fresh();
  const asked = [];
  window.atlasRequests = {
    isAnswer: () => true,
    patiently: async (_, { body, headers }) => {
      asked.push([body, headers["Atlas-Foreseen"]]);
      return said(body === "known" ? 200 : 204, "there");
    },
  };
  for (const question of ["known", "known", "unknown", "unknown"]) {
    await answers.foresee(question);
  }
  assert.deepEqual(asked, [["known", "likely"], ["unknown", "likely"]]);
  assert.equal(words(answers.kept("known")), "there");
  await answers.foresee("unknown", "expected");
  await answers.foresee("unknown", "expected");
  assert.deepEqual(asked.slice(2), [["unknown", "expected"]]);
  answers.forget();
  await answers.foresee("unknown");
  assert.equal(asked.length, 4);
});

test("what is under way already is not asked for again, unless it brings nothing", async () => {
  const { window, answers } = fresh();
  const tell = {};
  const wanted = [];
  window.atlasRequests = {
    isAnswer: () => true,
    patiently: (_, { body }) => new Promise((does) => { tell[body] = does; }),
    withoutEnd: (...asked) => window.asks(...asked),
  };
  window.asks = async (_, { body }) => {
    wanted.push(body);
    return said(200, "computed");
  };
  const begun = ["there", "not there", "lost"].map((question) => answers.foresee(question));
  await Promise.resolve();
  const told = ["there", "not there", "lost"].map((question) => answers.answerTo(question));
  assert.deepEqual(wanted, []);
  tell.there(said(200, "kept"));
  tell["not there"](said(204, ""));
  tell.lost(Promise.reject(new Error("gone")));
  assert.deepEqual((await Promise.all(told)).map(words), ["kept", "computed", "computed"]);
  await Promise.all(begun);
  assert.deepEqual(wanted, ["not there", "lost"]);
});
