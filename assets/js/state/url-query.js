// The query of the address, read and written: text in, text out, nothing of the page.
(function () {
  // Servers and proxies take some 8,000 bytes of an address. Of a longer one, keys with many values
  // stand behind `#`, which no server is sent: a browser keeps and copies it like the rest.
  const LONGEST = 4000;
  const LONG_KEY = 160;

  const isLong = (address) => address.length > LONGEST;

  // key -> values. Whatever somebody wrote as a key, it is a key here: `__proto__` too.
  function fromAddress(address) {
    const query = new Map();
    const [search, hash] = address.split(/#(.*)/s);
    // What a link of the page leads to, such as #workspace, is no part of the state.
    const parts = [search, hash && hash.includes("=") ? hash : ""];
    for (const part of parts) {
      for (const [key, value] of new URLSearchParams(part)) {
        query.set(key, [...(query.get(key) || []), value]);
      }
    }
    return Object.fromEntries(query);
  }

  // Commas stay readable; an apostrophe is escaped because browsers do it where they show one.
  const escaped = (value) => encodeURIComponent(value)
    .replace(/%2C/g, ",").replace(/%20/g, "+").replace(/'/g, "%27");

  function toAddress(query) {
    const keys = Object.entries(query)
      .filter(([, values]) => values.length)
      .map(([key, values]) => values.map((value) => `${key}=${escaped(value)}`).join("&"));
    const whole = `?${keys.join("&")}`;
    if (!isLong(whole)) {
      return whole;
    }
    const far = keys.filter((text) => text.length > LONG_KEY);
    const near = keys.filter((text) => text.length <= LONG_KEY);
    return `?${near.join("&")}#${far.join("&")}`;
  }

  // How a query is asked for: by its address, as long as that is short enough; else as a form.
  function request(url) {
    const [path, body] = url.split(/\?(.*)/s);
    if (!isLong(url)) {
      return { url, options: {} };
    }
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return { url: path, options: { method: "POST", headers, body } };
  }

  // Of a thousand tasks of which a few are ticked, those are named, behind this sign: see ALL_BUT in
  // dashboard/state/fields/tasks.py. What the manifest leaves out is named where it is unticked.
  const ALL_BUT = "*";

  function shortened(gone, listed, leftOut) {
    const [out, apart] = [new Set(gone), new Set(leftOut)];
    const others = [...listed].filter((name) => out.has(name) === apart.has(name));
    const hidden = gone.filter((name) => !listed.has(name));
    const short = [ALL_BUT, ...others, ...hidden];
    const named = listed.has(ALL_BUT) || apart.has(ALL_BUT);
    return named || short.length >= gone.length ? gone : short;
  }

  // How the value of a control is written; "" stands for none. field: { key, kind }. options: what
  // the control offers. now: { query, suits, leftOut, noComparison }, as the address and the server
  // have it.
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
      const listed = new Set((options || []).map((option) => option.value));
      const ticked = new Set(value || []);
      const gone = [...listed].filter((name) => !ticked.has(name));
      const leftOut = now.leftOut || [];
      const every = [...listed, ...leftOut].map(whole);
      const asked = now.query[key] || [];
      if (!listed.size) {
        // Nothing is offered here, and nothing was unticked.
        return WRITE.list(asked);
      }
      const before = window.atlasTaskBits.unpacked(asked, new Set(every));
      const own = leftOut.includes(ALL_BUT);
      const elsewhere = before.filter(
        (name) => name && !listed.has(name) && (own || name !== ALL_BUT));
      const out = [...gone, ...elsewhere];
      const names = shortened(out, listed, leftOut);
      return WRITE.list(window.atlasTaskBits.shortest(names, out.map(whole), every));
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

  window.atlasQuery = { fromAddress, toAddress, request, write, needsArranging, same };
})();
