const test = require("node:test");
const assert = require("node:assert/strict");
const { inflateSync } = require("node:zlib");
const picture = require("../../tools/plotly/indexed-png.cjs");

// CRC-32 as ISO 3309 defines it, bit by bit.
function crc(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    }
  }
  return (rest ^ 0xffffffff) >>> 0;
}

function chunksOf(address) {
  const [head, text] = address.split(",");
  assert.equal(head, "data:image/png;base64");
  const bytes = Buffer.from(text, "base64");
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = {};
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc(body));
    chunks[body.subarray(0, 4).toString()] = body.subarray(4);
    at += 12 + length;
  }
  return chunks;
}

for (const [width, height] of [[3, 2], [300, 700]]) {
  test(`${width} × ${height} cells are stored as they are`, () => {
    const rows = Uint8Array.from({ length: height * (width + 1) }, (_, at) => (
      at % (width + 1) ? (at * 37) % 256 : 0));
    const palette = Uint8Array.from({ length: 1024 }, (_, at) => (at * 7) % 256);
    const { IHDR, PLTE, tRNS, IDAT, IEND } = chunksOf(picture(rows, width, height, palette));
    assert.deepEqual([IHDR.readUInt32BE(0), IHDR.readUInt32BE(4)], [width, height]);
    assert.deepEqual([...IHDR.subarray(8)], [8, 3, 0, 0, 0]);
    assert.deepEqual([...PLTE], [...palette].filter((_, at) => at % 4 < 3));
    assert.deepEqual([...tRNS], [...palette].filter((_, at) => at % 4 === 3));
    assert.deepEqual([...inflateSync(IDAT)], [...rows]);
    assert.equal(IEND.length, 0);
  });
}
