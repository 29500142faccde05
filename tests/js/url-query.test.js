const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const window = load("state/url-query.js", load("state/task-bits.js"));
const { fromAddress, toAddress, request, write, needsArranging } = window.atlasQuery;
const NOW = { query: {}, suits: null, noComparison: "none" };
const written = (kind, value, options = [], now = {}) =>
  plain(write(value, { key: "k", kind }, options, { ...NOW, ...now }));
const offered = (...names) => names.map((value) => ({ value }));

test("an address is read and written without loss", () => {
  const query = { study: ["a b"], select: ["x+y", "é→&="], seeds: ["1,2"], sort: [""] };
  assert.deepEqual(plain(fromAddress(toAddress(query))), query);
  assert.equal(toAddress({ seeds: ["1,2"], study: ["a b"] }), "?seeds=1,2&study=a+b");
});

test("what is too long for a server stands behind #, and is read like the rest", () => {
  const exclude = Array.from({ length: 480 }, (_, i) => `task number ${i} of a thousand`);
  const query = { study: ["large"], exclude, tab: ["balance"], include: [""] };
  const address = toAddress(query);
  const [search, hash] = address.split("#");
  assert.equal(search, "?study=large&tab=balance&include=");
  assert.ok(hash.startsWith("exclude=task+number+0"));
  assert.ok(address.length > 8190);
  assert.deepEqual(plain(fromAddress(address)), {
    study: ["large"], tab: ["balance"], include: [""], exclude,
  });
  assert.deepEqual(plain(fromAddress(`${address}&digest=0123`)).digest, ["0123"]);
  assert.deepEqual(plain(fromAddress("?study=a#workspace")), { study: ["a"] });
});

test("a browser shows an address as it was written", () => {
  const address = toAddress({ exclude: ["it's", "(a) * ~!", "é"] });
  const shown = new URL(address, "http://127.0.0.1/").search;
  assert.equal(shown, address);
});

test("what is too long to be an address is asked for as a form", () => {
  assert.deepEqual(plain(request("take/a.csv?study=a")), { url: "take/a.csv?study=a", options: {} });
  const query = `exclude=${"x".repeat(9000)}?`;
  const asked = plain(request(`take/a.csv?${query}`));
  assert.equal(asked.url, "take/a.csv");
  assert.equal(asked.options.method, "POST");
  assert.equal(asked.options.body, query);
});

test("a key that somebody chose is a key and nothing else", () => {
  const query = fromAddress("?__proto__=x&constructor=y&__proto__=z");
  assert.deepEqual(Object.keys(query), ["__proto__", "constructor"]);
  assert.equal(JSON.stringify(query), '{"__proto__":["x","z"],"constructor":["y"]}');
  assert.equal(toAddress(query), "?__proto__=x&__proto__=z&constructor=y");
});

test("values of controls are written as the server reads them", () => {
  assert.deepEqual(written("one", 3), ["3"]);
  assert.deepEqual(written("one", null), [""]);
  assert.deepEqual(written("optional", "none"), [""]);
  assert.deepEqual(written("optional", "ft1"), ["ft1"]);
  assert.deepEqual(written("list", []), [""]);
  assert.deepEqual(written("list", ["a", "b"]), ["a", "b"]);
  assert.deepEqual(written("list", ["_\u2060_proto__"]), ["__proto__"]);
});

test("all, some and no seeds", () => {
  assert.deepEqual(written("chosen", [44, 42], offered(42, 43, 44)), ["42,44"]);
  assert.deepEqual(written("chosen", [42, 43], offered(42, 43)), ["all"]);
  assert.deepEqual(written("chosen", [], offered(42)), ["none"]);
});

test("unticked tasks keep those that are not offered here", () => {
  const now = { query: { k: ["elsewhere", "b"] } };
  assert.deepEqual(written("unticked", ["a"], offered("a", "b", "__proto__"), now), [
    "b", "__proto__", "elsewhere",
  ]);
  assert.deepEqual(written("unticked", ["a"], offered("a")), [""]);
});

// What an address says is left out, read as dashboard/state/fields/tasks.py does.
function leftBy(values, tasks, apart) {
  const named = new Set(values.filter((name) => name && name !== "*"));
  const all = values.includes("*") && !tasks.includes("*");
  return tasks.filter((name) => (all && !apart.includes(name)) !== named.has(name));
}

test("few ticked tasks of many are named themselves, and mean the same", () => {
  const tasks = ["a", "b", "c", "d", "e", "f"];
  const apart = ["b", "f"];
  const subsets = (names) => names.reduce((all, name) => all.flatMap((one) => [one, [...one, name]]), [[]]);
  for (const offers of [tasks, tasks.filter((name) => !apart.includes(name))]) {
    for (const gone of subsets(tasks)) {
      const short = leftBy(["*", ...gone], tasks, apart);
      // The address before may have said it either way.
      for (const before of [gone, ["*", ...short]]) {
        const ticked = offers.filter((name) => !gone.includes(name));
        const values = written("unticked", ticked, offered(...offers), { query: { k: before }, leftOut: apart });
        assert.deepEqual(leftBy(values, tasks, apart), gone);
        assert.ok(values.length <= Math.max(1, Math.min(gone.length, short.length + 1)));
      }
    }
  }
});

test("one task of a thousand is a short address", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `task ${i}`);
  const values = written("unticked", ["task 7"], offered(...many));
  assert.deepEqual(values, ["*", "task 7"]);
  assert.deepEqual(written("unticked", [], offered(...many)), ["*"]);
  assert.equal(toAddress({ exclude: values }), "?exclude=*&exclude=task+7");
  // Where nothing is offered, what stands there stays.
  assert.deepEqual(written("unticked", [], [], { query: { k: values } }), values);
});

test("half of a thousand tasks is a short address, and is unticked further", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `task ${i}`);
  const apart = ["z apart"];
  const half = many.filter((_, i) => i % 2);
  const at = (before) => ({ query: { k: before }, leftOut: apart });
  const [value, ...more] = written("unticked", half, offered(...many), at(apart));
  assert.equal(more.length, 0);
  assert.match(value, /^~[A-Za-z0-9_-]{167}\.[0-9a-f]{8}$/);
  const every = new Set([...many, ...apart]);
  const gone = new Set([...many.filter((_, i) => i % 2 === 0), ...apart]);
  const { unpacked, packed } = window.atlasTaskBits;
  assert.deepEqual(new Set(plain(unpacked([value], every))), gone);
  // The one the manifest leaves out is not offered: it stays out.
  const again = written("unticked", half.slice(1), offered(...many), at([value]));
  assert.deepEqual(again, [packed(new Set([...gone, "task 1"]), every)]);
  assert.deepEqual(written("unticked", many, offered(...many), at([value])), ["z apart"]);
  // Of another study, or spoilt: nothing is meant here, and the server says so.
  for (const odd of [[value.replace("~", "~A")], [value, "task 1"], ["~"], [`${value}0`]]) {
    assert.deepEqual(plain(unpacked(odd, every)).filter((name) => !every.has(name)), []);
  }
  assert.deepEqual(plain(unpacked([value], new Set(many))), []);
  assert.deepEqual(plain(unpacked(["~a.00000000"], new Set(["~a.00000000"]))), ["~a.00000000"]);
});

test("a bit for each task is written as the server writes it", () => {
  const { packed } = window.atlasTaskBits;
  assert.equal(packed(new Set(["b", "\u{1F600}"]), new Set(["\uFF01", "\u{1F600}", "b", "a"])), "~Y.4a92a156");
});

test("a task that is called like the sign is that task", () => {
  const [offers, now] = [offered("*", "a", "b", "c", "d"), { query: { k: ["*"] } }];
  assert.deepEqual(written("unticked", ["d"], offers, now), ["*", "a", "b", "c"]);
  const apart = { query: { k: ["*"] }, leftOut: ["*"] };
  assert.deepEqual(written("unticked", ["d"], offered("a", "b", "c", "d"), apart), ["a", "b", "c", "*"]);
});

test("a threshold that suits is written as such", () => {
  assert.deepEqual(written("auto", 0.3, [], { suits: 0.3 }), ["auto"]);
  assert.deepEqual(written("auto", 0.25, [], { suits: 0.3 }), ["0.25"]);
  assert.deepEqual(written("auto", 0.25, [], { query: { k: ["0.1"] } }), ["0.1"]);
});

test("selection, filter and order leave the controls alone", () => {
  const controls = [{ key: "method", arranges: true }].concat(
    ["select", "filter", "sort"].map((key) => ({ key, arranges: false })));
  const before = { method: ["ft1"], select: ["a"], filter: [""], sort: [""] };
  assert.equal(needsArranging(before, { ...before, select: ["b"], filter: ["x"] }, controls), false);
  assert.equal(needsArranging(before, { ...before, method: ["ft2"] }, controls), true);
});
