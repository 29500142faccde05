// Numbers, filters and copied cells of the Pairs grid as text, and back: nothing of the page.
(function () {
  const MINUS = "−";
  const NOTHING = "–";
  const absent = (value) => value === null || value === undefined;
  const minus = (text) => text.replace("-", MINUS);

  // -- numbers, as dashboard/text/numbers.py writes them -----------------------------------------

  // Three decimals, so that digits stand under each other.
  function number(value) {
    if (absent(value)) {
      return NOTHING;
    }
    const size = Math.abs(value);
    if (size > 0 && size < 0.01) {
      // Three digits that count: 0.00241, 2.41e-5.
      return minus(size < 1e-4 ? value.toExponential(2) : String(Number(value.toPrecision(3))));
    }
    return minus(size < 1e5 ? value.toFixed(3) : value.toExponential(2));
  }

  function signed(value) {
    return !absent(value) && value > 0 ? `+${number(value)}` : number(value);
  }

  // In units of the target: four digits that count.
  function raw(value) {
    if (absent(value)) {
      return NOTHING;
    }
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 1e-4)) {
      return minus(value.toExponential(2));
    }
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    return minus(value.toLocaleString("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }));
  }

  const count = (value) => (absent(value) ? NOTHING : String(value));

  // -- filters: `source contains comp`, see dashboard/state/grid_filters.py ----------------------

  // AG Grid's model of a column's filter as text.
  const filterText = (key, { type, filter, filterTo }) =>
    [key, type, filter, filterTo].filter((part) => !absent(part) && part !== "").join(" ");

  // And back; isNumber: the column's values are numbers.
  function filterModel(text, isNumber) {
    const [, type, ...asked] = text.split(" ");
    if (!isNumber) {
      return { filterType: "text", type, filter: asked.length ? asked.join(" ") : undefined };
    }
    const [filter, filterTo] = asked.map(Number);
    return { filterType: "number", type, filter, filterTo };
  }

  const SIGNS = {
    greaterThanOrEqual: "≥", lessThanOrEqual: "≤", greaterThan: ">", lessThan: "<",
    equals: "=", notEqual: "≠", inRange: "from",
  };

  // A condition on numbers as it is said: `transfer ≥ 0.5`; empty where it is none.
  function conditionText(name, { filterType, type, filter, filterTo }) {
    const to = type === "inRange" ? ` to ${minus(String(filterTo))}` : "";
    return filterType === "number" && SIGNS[type] && !absent(filter)
      ? `${name} ${SIGNS[type]} ${minus(String(filter))}${to}` : "";
  }

  // -- copied cells ------------------------------------------------------------------------------

  // What a spreadsheet would take for a formula gets an apostrophe, as in core/io/csv.py.
  function harmless(value) {
    if (absent(value)) {
      return "";
    }
    if (typeof value === "number") {
      return String(value);
    }
    const text = String(value).replace(/[\t\r\n]+/g, " ");
    return /^[=+\-@−＝＋－＠]/.test(text) ? `'${text}` : text;
  }

  window.atlasPairsFormat = { number, signed, raw, count, filterText, filterModel, conditionText, harmless };
})();
