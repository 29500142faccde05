// Components of `dash.html`, as an answer has them, written as elements: see cards.js.
(function () {
  const NAMES = { className: "class", htmlFor: "for", tabIndex: "tabindex", colSpan: "colspan", rowSpan: "rowspan" };
  const KNOWN = /^(?:id|class|title|type|role|hidden|open|scope|start|alt|for|tabindex|colspan|rowspan|(?:aria|data)-[a-z-]+)$/;
  // A picture is in its address, as in dashboard/ui/safe_html.py: what is in one does not run.
  const IMAGE = /^data:image\/(?:png|svg\+xml)[;,]/;
  const said = new WeakMap(); // an element -> what the server said of it; others say more

  const known = (attribute, value) =>
    KNOWN.test(attribute) || (attribute === "src" && IMAGE.test(value ?? ""));

  function attributes(place, props) {
    const before = said.get(place) || {};
    said.set(place, props);
    for (const name of new Set([...Object.keys(before), ...Object.keys(props)])) {
      const attribute = NAMES[name] || name;
      const value = props[name];
      if (!known(attribute, value) || before[name] === value) {
        continue;
      }
      if (value === undefined || value === null || value === false) {
        place.removeAttribute(attribute);
      } else {
        place.setAttribute(attribute, value === true ? "" : value);
      }
    }
  }

  // Components as elements, in place of what stood there: what stays the same element keeps what a
  // person did to it (opened, focused). Text is text, whatever stands in it.
  function fill(place, children) {
    const wanted = [children].flat(Infinity).filter(
      (one) => one !== null && one !== undefined && one !== "" && typeof one !== "boolean");
    wanted.forEach((one, at) => {
      const there = place.childNodes[at];
      if (typeof one !== "object") {
        if (there && there.nodeType === Node.TEXT_NODE) {
          if (there.data !== String(one)) {
            there.data = String(one);
          }
          return;
        }
        put(place, there, document.createTextNode(String(one)));
        return;
      }
      const tag = one.type.toLowerCase();
      const stays = there && there.localName === tag && said.has(there);
      const made = stays ? there : document.createElement(tag);
      const { children: inside, ...props } = one.props;
      attributes(made, props);
      // What is fetched fills its place itself.
      if (!("data-fetched" in props)) {
        fill(made, inside);
      }
      if (!stays) {
        put(place, there, made);
      }
    });
    while (place.childNodes.length > wanted.length) {
      place.lastChild.remove();
    }
  }

  const put = (place, there, made) => (there ? there.replaceWith(made) : place.append(made));

  window.atlasElements = { fill };
})();
