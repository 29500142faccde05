// The lines of a list of ticks: which options stand on which, and what ticking does. No page here.
(function () {
  // Characters of a name and what stands beside it -> how many of them fit beside each other.
  const COLUMNS = [[3, 4], [5, 3], [12, 2], [Infinity, 1]];
  const NO_GROUP = "no group";

  const found = (options, wanted) => {
    const text = wanted.trim().toLowerCase();
    return options.filter(({ label, hint = "", group = "" }) =>
      `${label} ${hint} ${group}`.toLowerCase().includes(text));
  };

  function columnsOf(options) {
    const longest = Math.max(0, ...options.map(({ label, hint = "", reason }) => (
      reason ? Infinity : label.length + hint.length)));
    return COLUMNS.find(([most]) => longest <= most)[1];
  }

  function cut(options, columns) {
    return Array.from({ length: Math.ceil(options.length / columns) }, (_, at) => (
      { options: options.slice(at * columns, (at + 1) * columns) }));
  }

  // Options below the line of their group, groups as they first come; without groups as they are.
  function linesOf(options) {
    const columns = columnsOf(options);
    if (!options.some(({ group }) => group)) {
      return { columns, lines: cut(options, columns) };
    }
    const groups = new Map();
    options.forEach((option) => {
      const group = option.group || NO_GROUP;
      groups.set(group, [...(groups.get(group) || []), option]);
    });
    const lines = [...groups].flatMap(([group, members]) => [
      { group, members: members.map(({ value }) => value) }, ...cut(members, columns)]);
    return { columns, lines };
  }

  // The values that are ticked then, in the order of what is offered.
  function ticked(options, value, changed, on) {
    const chosen = new Set(value);
    changed.forEach((one) => (on ? chosen.add(one) : chosen.delete(one)));
    return options.map((option) => option.value).filter((one) => chosen.has(one));
  }

  // Which lines a window of so many pixels shows, some more at both ends.
  function inSight(top, height, line, count, more) {
    const first = Math.max(0, Math.min(Math.floor(top / line) - more, count));
    return [first, Math.min(count, Math.ceil((top + height) / line) + more)];
  }

  const ACROSS = { ArrowLeft: -1, ArrowRight: 1 };
  const DOWN = { ArrowUp: -1, ArrowDown: 1 };

  // Where a key leads from a tick, whether that is drawn or not: [line, place on it]; null for keys
  // that lead nowhere. A group has one tick on its line.
  function movedTo(lines, [line, place], key) {
    const ticksOn = (at) => (lines[at].group ? 1 : lines[at].options.length);
    const last = lines.length - 1;
    if (key === "Home") {
      return [0, 0];
    }
    if (key === "End") {
      return [last, ticksOn(last) - 1];
    }
    if (key in DOWN) {
      const next = Math.min(Math.max(line + DOWN[key], 0), last);
      return [next, Math.min(place, ticksOn(next) - 1)];
    }
    if (!(key in ACROSS)) {
      return null;
    }
    const next = place + ACROSS[key];
    if (next >= 0 && next < ticksOn(line)) {
      return [line, next];
    }
    const other = line + ACROSS[key];
    if (other < 0 || other > last) {
      return [line, place];
    }
    return [other, ACROSS[key] > 0 ? 0 : ticksOn(other) - 1];
  }

  window.atlasTickLines = { found, linesOf, ticked, inSight, movedTo };
})();
