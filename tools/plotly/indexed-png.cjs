// A picture of at most 256 colours as a data URL, stored as it is: nothing is compressed, since both
// ends are this page, and compressing a million cells takes longer than all else that is done to them.
"use strict";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const MOST_STORED = 65535; // bytes in a block that is not compressed
const MOST_SUMMED = 3800; // bytes until a sum of Adler's leaves 32 bits
const MOST_LETTERS = 0x2000; // arguments of one call

const CRC_OF = new Uint32Array(256).map((_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return rest;
});

function crcOf(bytes, from, to) {
  let crc = 0xffffffff;
  for (let at = from; at < to; at += 1) {
    crc = CRC_OF[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function adlerOf(bytes) {
  let low = 1;
  let high = 0;
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(at + MOST_SUMMED, bytes.length);
    for (; at < end; at += 1) {
      low += bytes[at];
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return high * 65536 + low;
}

// rows: a filter byte (0) and `width` indices each; palette: red, green, blue, alpha each (0 to 255).
function bytesOf(rows, width, height, palette) {
  const colors = palette.length / 4;
  const blocks = Math.ceil(rows.length / MOST_STORED);
  const stored = 2 + 5 * blocks + rows.length + 4;
  const png = new Uint8Array(8 + 25 + 12 + 3 * colors + 12 + colors + 12 + stored + 12);
  const view = new DataView(png.buffer);
  let at = 8;
  png.set(SIGNATURE);
  const chunk = (name, length, write) => {
    view.setUint32(at, length);
    for (let letter = 0; letter < 4; letter += 1) {
      png[at + 4 + letter] = name.charCodeAt(letter);
    }
    write(at + 8);
    view.setUint32(at + 8 + length, crcOf(png, at + 4, at + 8 + length));
    at += 12 + length;
  };
  chunk("IHDR", 13, (to) => {
    view.setUint32(to, width);
    view.setUint32(to + 4, height);
    png.set([8, 3, 0, 0, 0], to + 8);
  });
  chunk("PLTE", 3 * colors, (to) => {
    for (let color = 0; color < colors; color += 1) {
      png.set(palette.subarray(4 * color, 4 * color + 3), to + 3 * color);
    }
  });
  chunk("tRNS", colors, (to) => {
    for (let color = 0; color < colors; color += 1) {
      png[to + color] = palette[4 * color + 3];
    }
  });
  chunk("IDAT", stored, (begin) => {
    let to = begin;
    png.set([0x78, 1], to);
    to += 2;
    for (let from = 0; from < rows.length; from += MOST_STORED) {
      const block = rows.subarray(from, from + MOST_STORED);
      png[to] = from + MOST_STORED >= rows.length ? 1 : 0;
      view.setUint16(to + 1, block.length, true);
      view.setUint16(to + 3, ~block.length & 0xffff, true);
      png.set(block, to + 5);
      to += 5 + block.length;
    }
    view.setUint32(to, adlerOf(rows));
  });
  chunk("IEND", 0, () => {});
  return png;
}

function base64(bytes) {
  if (bytes.toBase64) {
    return bytes.toBase64();
  }
  const letters = [];
  for (let from = 0; from < bytes.length; from += MOST_LETTERS) {
    letters.push(String.fromCharCode.apply(null, bytes.subarray(from, from + MOST_LETTERS)));
  }
  return btoa(letters.join(""));
}

module.exports = (...picture) => `data:image/png;base64,${base64(bytesOf(...picture))}`;
