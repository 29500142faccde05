// Answers as they come: as JSON, or packed, where long lists of numbers stand as bytes behind the
// JSON. Three matrices of a thousand tasks are 12 MB of them, which would be made a text, read, and
// made bytes again. See dashboard/server/packed_answers.py.
(function () {
  const PACKED = "application/vnd.transfer-atlas.packed";
  const HEAD = 4; // bytes that say how long the JSON is

  // The first bytes of all numbers stand first, then all second ones.
  function together(planes, width) {
    const bytes = new Uint8Array(planes.length);
    const count = planes.length / width;
    for (let part = 0, from = 0; part < width; part += 1) {
      for (let to = part, end = from + count; from < end; from += 1, to += width) {
        bytes[to] = planes[from];
      }
    }
    return bytes.buffer;
  }

  // Puts each list in its place; plotly takes one that is bytes as it takes text.
  function place(told, listAt) {
    for (const [name, value] of Object.entries(told)) {
      if (name === "bdata" && Array.isArray(value)) {
        told.bdata = listAt(value);
      } else if (value && typeof value === "object") {
        place(value, listAt);
      }
    }
    return told;
  }

  // length: of what is kept, in characters or bytes; told: makes what the answer says, anew each time,
  // for plotly writes into it. Not into the lists.
  function unpacked(buffer) {
    const size = new DataView(buffer).getUint32(0, true);
    const text = new TextDecoder().decode(new Uint8Array(buffer, HEAD, size));
    const lists = new Map();
    let packed = new Uint8Array(buffer, HEAD + size);
    const listAt = ([at, length, width]) => {
      if (!lists.has(at)) {
        lists.set(at, together(packed.subarray(at, at + length), width));
      }
      return lists.get(at);
    };
    return {
      length: buffer.byteLength,
      told: () => {
        const told = place(JSON.parse(text), listAt);
        packed = null; // each list was met
        return told;
      },
    };
  }

  async function read(answer) {
    if (answer.headers.get("Content-Type")?.startsWith(PACKED)) {
      return unpacked(await answer.arrayBuffer());
    }
    const text = await answer.text();
    return { length: text.length, told: () => JSON.parse(text) };
  }

  window.atlasPacked = { ACCEPT: `${PACKED}, application/json`, read };
})();
