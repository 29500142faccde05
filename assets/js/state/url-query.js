// The query of the address, read and written: text in, text out, nothing of the page.
(function () {
  // key -> values. Whatever somebody wrote as a key, it is a key here: `__proto__` too.
  function fromAddress(search) {
    const query = new Map();
    for (const [key, value] of new URLSearchParams(search)) {
      query.set(key, [...(query.get(key) || []), value]);
    }
    return Object.fromEntries(query);
  }

  function toAddress(query) {
    const pairs = [];
    for (const [key, values] of Object.entries(query)) {
      for (const value of values) {
        // Commas stay readable; everything else is escaped as usual.
        pairs.push(`${key}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%20/g, "+")}`);
      }
    }
    return `?${pairs.join("&")}`;
  }

  // How the value of a control is written; "" stands for none. field: { key, kind }. options: what
  // the control offers. now: { query, suits, noComparison }, as the address and the server have it.
  const WRITE = {
    one: (value) => [value === null || value === undefined ? "" : String(value)],
    optional: (value, field, options, now) => WRITE.one(value === now.noComparison ? "" : value),
    list: (value) => (value && value.length ? value : [""]),
    chosen: (value, field, options) => {
      const chosen = value || [];
      if (chosen.length >= (options || []).length) {
        return ["all"];
      }
      return [chosen.length ? [...chosen].sort((a, b) => a - b).join(",") : "none"];
    },
    unticked: (value, { key }, options, now) => {
      const listed = (options || []).map((option) => option.value);
      const gone = listed.filter((name) => !(value || []).includes(name));
      const elsewhere = (now.query[key] || []).filter((name) => name && !listed.includes(name));
      return WRITE.list([...gone, ...elsewhere]);
    },
    auto: (value, { key }, options, now) => {
      if (now.suits === null || now.suits === undefined) {
        return now.query[key] || ["auto"];
      }
      return [Math.abs(value - now.suits) < 1e-9 ? "auto" : String(value)];
    },
  };

  // An invisible sign keeps `__proto__` apart where Dash's dropdown would make a property of it:
  // dashboard/ui/controls.py.
  const whole = (text) => text.replaceAll("_\u2060_proto__", "__proto__");

  const write = (value, field, options, now) =>
    WRITE[field.kind](value, field, options, now).map((text) => whole(String(text)));

  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  // Most keys change what the controls offer; not the selection and how the table stands.
  function needsArranging(before, after, controls) {
    const [a, b] = [{ ...before }, { ...after }];
    for (const { key, arranges } of controls) {
      if (!arranges) {
        delete a[key];
        delete b[key];
      }
    }
    return !same(a, b);
  }

  window.atlasQuery = { fromAddress, toAddress, write, needsArranging, same };
})();
