// What callbacks of Dash are told of the state: each once, though it is asked for again and again.
(function () {
  const SOON_MS = 16;
  const sent = {};             // figureInput of a callback of Dash's -> what it was last told, as JSON
  const expected = new Set();  // those of them that were told it before their tab was opened

  const put = (store, data) => window.dash_clientside.set_props(store, { data });

  // wanted: whether the tab of an input is open; null where it is told before that: then it begins no
  // job, and may have no answer.
  function tell(store, data, wanted) {
    const text = JSON.stringify(data);
    if (sent[store] !== text) {
      sent[store] = text;
      expected[wanted ? "delete" : "add"](store);
      put(store, wanted ? data : { ...data, foreseen: true });
    } else if (wanted && expected.has(store)) {
      unlessAnswered(store, data, wanted);
    }
  }

  // Its tab was opened: told again, unless the answer to what it was told beforehand is there, or comes.
  // Who has left the tab meanwhile is begun no job for: it is told when that is opened again.
  function unlessAnswered(store, data, wanted) {
    if (!wanted(store)) {
      return;
    }
    if (!waits("requested", "prioritized", "executing", "watched", "executed", "blocked")) {
      if (sent[store] === JSON.stringify(data) && expected.delete(store)) {
        put(store, data);
      }
    } else if (expected.has(store)) {
      window.setTimeout(unlessAnswered, SOON_MS, store, data, wanted);
    }
  }

  // Whether something does in these queues of Dash's callbacks.
  function waits(...queues) {
    const callbacks = window.store?.getState().callbacks || {};
    return queues.some((queue) => callbacks[queue]?.length !== 0);
  }

  window.atlasTold = { tell, waits, answered: (store) => expected.delete(store) };
})();
