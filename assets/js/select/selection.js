// What is selected, and what has to do with it: names and places, nothing of the page. A selection
// is [task or training set] or [training set, target]; a training set is its tasks joined by `+`.
(function () {
  const tasksOf = (key) => key.split("+");
  const whole = (value) => typeof value === "number" && Number.isInteger(value);
  const includes = (key, task) => tasksOf(key).includes(task);
  const subset = (a, b) => tasksOf(a).every((task) => includes(b, task));

  // What a place in a matrix selects: a cell its pair, a row or column (the other null) its task.
  function cellAt(cells, x, y) {
    const row = whole(y) ? cells.rows[y] : undefined;
    const column = whole(x) ? cells.columns[x] : undefined;
    if (row !== undefined && column !== undefined) {
      // A pair has one target: a cell between two training sets of several tasks is none.
      return column.includes("+") ? null : [row, column];
    }
    const one = row !== undefined ? row : column;
    return one === undefined ? null : [one];
  }

  // The custom data of a point as a selection: a name, or names and numbers of names.
  function named(value, names) {
    if (typeof value === "string") {
      return [value];
    }
    if (!value || typeof value.length !== "number" || !value.length) {
      return null;
    }
    const texts = Array.from(value, (part) => (typeof part === "number" ? names[part] : part));
    return texts.every((part) => typeof part === "string" && part) ? texts : null;
  }

  // Whether something that selects `other` has to do with what is selected.
  function related(current, other) {
    if (current.length === 1) {
      return other.length === 2 && (subset(current[0], other[0]) || other[1] === current[0]);
    }
    if (other.length === 1) {
      return other[0] === current[1] || subset(other[0], current[0]);
    }
    return (
      other[1] === current[1] && (subset(other[0], current[0]) || subset(current[0], other[0]))
    );
  }

  // A row or column, or the nearest that there is and that is in sight: range is what its axis
  // shows, either way round.
  function nearestInSight(at, count, range) {
    const [low, high] = [Math.ceil(Math.min(...range)), Math.floor(Math.max(...range))];
    const [first, last] = [Math.max(low, 0), Math.min(high, count - 1)];
    return first > last ? Math.min(Math.max(at, 0), count - 1) : Math.min(Math.max(at, first), last);
  }

  window.atlasSelects = { cellAt, named, related, subset, nearestInSight };
})();
