const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const FILE = { name: "a.html", html: "<p>\u00e9\n</p>" };

// A page whose server answers with these texts, in pieces that end anywhere.
function asks(...answers) {
  const alarms = [];
  const saved = [];
  const element = { textContent: "" };
  const listeners = {};
  const link = {
    textContent: "Report", title: "Save", href: "report.html", attributes: new Map(),
    closest: () => link,
    setAttribute: (name, value) => link.attributes.set(name, value),
    removeAttribute: (name) => link.attributes.delete(name),
  };
  const body = (text, signal) => new ReadableStream({
    async start(controller) {
      const bytes = new TextEncoder().encode(text);
      signal.addEventListener("abort", () => controller.error(signal.reason));
      for (let at = 0; at < bytes.length; at += 7) {
        controller.enqueue(bytes.slice(at, at + 7));
      }
      if (!text.endsWith("…")) {
        controller.close();
      }
    },
  });
  const window = {
    atlasNavigation: { query: () => "study=a", digest: () => "0123" },
    atlasTake: {
      take: async (url, { signal, headers }) => {
        assert.equal(headers.Accept, "application/vnd.transfer-atlas.steps");
        return { body: body(answers.shift(), signal) };
      },
      save: (blob, name) => saved.push([blob, name]),
    },
    dash_clientside: { set_props: (id, { children }) => alarms.push(children) },
    setTimeout: (does) => setImmediate(does),
  };
  const document = {
    getElementById: () => element,
    addEventListener: (kind, does) => { listeners[kind] = does; },
  };
  load("page/report.js", window, { document, AbortController, TextDecoder, Blob });
  const press = () => listeners.click({ target: link, preventDefault: () => {} });
  const ends = async () => {
    while (link.attributes.has("aria-busy")) {
      await new Promise((does) => { setImmediate(does); });
    }
  };
  return { answers, alarms, saved, element, link, press, ends, report: window.atlasReport.report };
}

const lines = (...told) => told.map((one) => `${JSON.stringify(one)}\n`).join("");
const step = (done) => ({ done, of: 2, what: "Balance" });

test("a report says how far it is, and is saved", async () => {
  const page = asks(lines(step(0), step(1), step(2), FILE));
  const told = [];
  const { signal } = new AbortController();
  assert.deepEqual(plain(await page.report("report.html", signal, (one) => told.push(one))), FILE);
  assert.deepEqual(plain(told), [step(0), step(1), step(2)]);
  const again = asks(lines(step(0), FILE));
  again.press();
  assert.equal(again.link.textContent, "Cancel");
  const shown = [];
  const { link } = again;
  let text = link.textContent;
  Object.defineProperty(link, "textContent", { get: () => text, set: (now) => shown.push(text = now) });
  await again.ends();
  assert.deepEqual(shown, ["0/2 ×", "Report"], "no wider than the word, so that the bar does not move");
  const [[blob, name]] = again.saved;
  assert.deepEqual([await blob.text(), name], [FILE.html, FILE.name]);
  assert.equal(again.link.textContent, "Report");
  assert.equal(again.link.title, "Save");
  assert.equal(again.element.textContent, "The report is saved");
  assert.deepEqual(again.alarms, []);
});

test("a busy server is asked again, what is wrong and what was cut off is said", async () => {
  const busy = asks(lines(step(0), { again: true }), lines(step(0), FILE));
  busy.press();
  await busy.ends();
  assert.equal(busy.saved.length, 1);
  assert.equal(busy.answers.length, 0);
  const wrong = asks(lines(step(0), { error: "No seed chosen." }));
  wrong.press();
  await wrong.ends();
  assert.deepEqual(wrong.alarms, ["No seed chosen."]);
  const cut = asks(lines(step(0)));
  cut.press();
  await cut.ends();
  assert.deepEqual(cut.alarms, ["The report was cut off: ask for it again."]);
  assert.equal(cut.saved.length, 0);
});

test("pressed again it is cancelled, and nothing is wrong", async () => {
  const page = asks(`${lines(step(1))}…`);
  page.press();
  while (!page.link.textContent.includes("1/2")) {
    await new Promise((does) => { setImmediate(does); });
  }
  assert.match(page.link.title, /Balance is next/);
  page.press();
  await page.ends();
  assert.deepEqual([page.alarms, page.saved], [[], []]);
  assert.equal(page.element.textContent, "The report is cancelled");
  assert.equal(page.link.textContent, "Report");
});
