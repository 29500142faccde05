// The component of what stays as it is on the page: elements told as JSON, and components of Dash in
// their slots. See dashboard/ui/fixed.py. Dash draws it again only where a property of it changes;
// what scripts do to its elements stays, for React touches only what the JSON says otherwise.
(function () {
  const { createElement, Fragment } = window.React;

  // own: properties that a callback changes, of the outermost element.
  function drawn(part, slots, own) {
    if (part === null || typeof part !== "object") {
      return part;
    }
    if (Array.isArray(part)) {
      return createElement(Fragment, null, ...part.map((one) => drawn(one, slots)));
    }
    if ("slot" in part) {
      return slots[part.slot];
    }
    const { children, ...props } = part.props;
    const inside = children === undefined ? [] : [children].flat();
    return createElement(
      part.type.toLowerCase(), { ...props, ...own }, ...inside.map((one) => drawn(one, slots)));
  }

  function Fixed({ id, hidden, tree, children }) {
    // What is not told here is as the tree says.
    const own = Object.entries({ id, hidden }).filter(([, value]) => value !== undefined);
    // Dash tells of one component alone, of several as a list.
    return drawn(tree, [children].flat(), Object.fromEntries(own));
  }

  window.transfer_atlas = { Fixed };
})();
