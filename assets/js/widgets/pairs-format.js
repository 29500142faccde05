// Numbers, filters and copied cells of the Pairs grid as text, and back: nothing of the page.
(function () {
  const MINUS = "−";
  const NOTHING = "–";
  const absent = (value) => value === null || value === undefined;
  const NOT_THERE = ""; // of a row that has not come yet
  const minus = (text) => text.replace("-", MINUS);

  // -- numbers, as dashboard/text/numbers.py writes them -----------------------------------------

  // Three decimals, so that digits stand under each other; what would be none keeps its own.
  function number(value) {
    if (absent(value)) {
      return value === undefined ? NOT_THERE : NOTHING;
    }
    const size = Math.abs(value);
    const fits = size === 0 || (size >= 5e-4 && size < 1e5);
    return fits ? minus(value.toFixed(3)) : minus(value.toExponential(2)).replace("e-", `e${MINUS}`);
  }

  function signed(value) {
    return !absent(value) && value > 0 ? `+${number(value)}` : number(value);
  }

  // Four digits that count, and the unit of the target beside them.
  function raw(value, unit = "") {
    if (absent(value)) {
      return value === undefined ? NOT_THERE : NOTHING;
    }
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    const text = size >= 1e6 || (size > 0 && size < 1e-4)
      ? value.toExponential(2)
      : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return unit ? `${minus(text)} ${unit}` : minus(text);
  }

  // A probability: how small it is beyond a thousandth says nothing more.
  const probability = (value) => (!absent(value) && value < 1e-3 ? "< 0.001" : number(value));

  const count = (value) => (absent(value) ? (value === null ? NOTHING : NOT_THERE) : String(value));

  // A long name with its beginning and its end: alike names mostly differ there.
  function name(value, most) {
    const text = absent(value) ? "" : String(value);
    if (text.length <= most) {
      return text;
    }
    const end = Math.max(Math.floor((most - 1) * 0.45), 1);
    return `${text.slice(0, Math.max(most - 1 - end, 1))}…${text.slice(-end)}`;
  }

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

  window.atlasPairsFormat = { number, signed, raw, probability, count, name, filterText, filterModel, conditionText, harmless };
})();
