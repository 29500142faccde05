const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const PACKED = "application/vnd.transfer-atlas.packed";
const said = (type, body) => ({
  headers: { get: () => type },
  text: async () => body,
  arrayBuffer: async () => body,
});

// As the server packs it: the JSON's length, the JSON, and of each list all first bytes, all second ones …
function pack(told, ...lists) {
  const json = Buffer.from(JSON.stringify(told));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(json.length);
  const planes = lists.map((list) => {
    const { BYTES_PER_ELEMENT: width, length } = list;
    const bytes = new Uint8Array(list.buffer);
    return Buffer.from(Array.from(bytes, (_, at) => bytes[(at % length) * width + Math.floor(at / length)]));
  });
  return new Uint8Array(Buffer.concat([head, json, ...planes])).buffer;
}

const { read } = load("page/packed.js", {}, { TextDecoder }).atlasPacked;

test("a packed answer has its lists where they were, each time anew but for them", async () => {
  const numbers = Float32Array.of(1.5, -2.25, 3e10, NaN);
  const more = Float64Array.of(Math.PI, -0, 1e-300);
  const figure = (first, second) => ({ title: "→", data: [{ z: { dtype: "f4", bdata: first, shape: "2, 2" } },
    { x: { dtype: "f8", bdata: second }, text: ["a", null, ["b"]] }, { y: { dtype: "f4", bdata: "AAAA" } }] });
  const body = pack(figure([0, 16, 4], [16, 24, 8]), numbers, more);
  const answer = await read(said(PACKED, body));
  assert.equal(answer.length, body.byteLength);
  const [one, other] = [answer.told(), answer.told()];
  for (const { title, data: [matrix, points, rest] } of [one, other]) {
    assert.equal(title, "→");
    assert.deepEqual([...new Float32Array(matrix.z.bdata)], [...numbers]);
    assert.deepEqual([...new Float64Array(points.x.bdata)], [...more]);
    assert.deepEqual(plain(points.text), ["a", null, ["b"]]);
    assert.equal(matrix.z.shape, "2, 2");
    assert.equal(rest.y.bdata, "AAAA");
  }
  assert.notEqual(one.data, other.data);
  assert.equal(one.data[0].z.bdata, other.data[0].z.bdata);
});

test("an answer that is not packed is its text", async () => {
  const text = JSON.stringify({ data: [1, { bdata: "AAAA" }] });
  const answer = await read(said("application/json", text));
  assert.equal(answer.length, text.length);
  assert.deepEqual(plain(answer.told()), JSON.parse(text));
  assert.notEqual(answer.told(), answer.told());
});
