// Any part of a study's tasks as a few characters: dashboard/state/task_bits.py, which says how.
(function () {
  const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const SHORTER_THAN = 400;
  const FORM = /^~([A-Za-z0-9_-]+)\.([0-9a-f]{8})$/;

  function check(tasks) {
    let found = 2166136261;
    const text = tasks.join("\n");
    for (let at = 0; at < text.length; at += 1) {
      found = Math.imul(found ^ text.charCodeAt(at), 16777619);
    }
    return (found >>> 0).toString(16).padStart(8, "0");
  }

  // names: a Set. every: all tasks of the study, in any order.
  function packed(names, every) {
    const tasks = [...every].sort();
    let signs = "";
    for (let at = 0; at < tasks.length; at += 6) {
      let six = 0;
      for (let k = 0; k < 6; k += 1) {
        six = six * 2 + (names.has(tasks[at + k]) ? 1 : 0);
      }
      signs += SIGNS[six];
    }
    return `~${signs}.${check(tasks)}`;
  }

  // The names that values of the address stand for; values that name tasks stay as they are, and of
  // what cannot be read nothing is left: the server says so.
  function unpacked(values, every) {
    const tasks = [...every].sort();
    const known = new Set(tasks);
    if (!values.some((value) => value.startsWith("~") && !known.has(value))) {
      return values;
    }
    const form = values.length === 1 && FORM.exec(values[0]);
    if (!form || form[2] !== check(tasks)) {
      return [];
    }
    return tasks.filter((_, at) => {
      const six = SIGNS.indexOf(form[1][Math.floor(at / 6)]);
      return six >= 0 && (six >> (5 - (at % 6))) & 1;
    });
  }

  // Names as they are where somebody can read them, or where one of them is no task here.
  function shortest(names, gone, every) {
    const length = names.reduce((sum, name) => sum + encodeURIComponent(name).length + 9, 0);
    const all = new Set(every);
    if (length <= SHORTER_THAN || !gone.every((name) => all.has(name))) {
      return names;
    }
    const short = packed(new Set(gone), all);
    return short.length < length && !all.has(short) ? [short] : names;
  }

  window.atlasTaskBits = { packed, unpacked, shortest };
})();
