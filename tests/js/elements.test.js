const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// As much of an element as `fill` touches.
function element(localName) {
  const attributes = {};
  const childNodes = [];
  return {
    localName, attributes, childNodes, nodeType: 1,
    setAttribute: (name, value) => { attributes[name] = value; },
    removeAttribute: (name) => { delete attributes[name]; },
    append: (node) => childNodes.push(node),
  };
}

const { fill } = load("page/elements.js", {}, {
  document: { createElement: element, createTextNode: (data) => ({ data, nodeType: 3 }) },
  Node: { TEXT_NODE: 3 },
}).atlasElements;

function image(src) {
  const place = element("div");
  fill(place, { type: "Img", props: { src, alt: "", className: "swatch" } });
  return place.childNodes[0].attributes;
}

test("a picture that is in its address is shown", () => {
  const src = "data:image/svg+xml,%3Csvg/%3E";
  assert.deepEqual({ ...image(src) }, { src, alt: "", class: "swatch" });
  assert.equal(image("data:image/png;base64,AA").src, "data:image/png;base64,AA");
});

test("no other address is one, and no property that runs", () => {
  for (const src of ["https://elsewhere/a.png", "javascript:alert(1)", "data:text/html,x", "data:image/svgx,", null]) {
    assert.equal("src" in image(src), false);
  }
  const place = element("div");
  fill(place, { type: "P", props: { onclick: "alert(1)", style: "x", children: "<b>" } });
  assert.deepEqual({ ...place.childNodes[0].attributes }, {});
  assert.equal(place.childNodes[0].childNodes[0].data, "<b>");
});
