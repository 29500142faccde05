// At each action of Dash's store every component on the page looks whether it concerns it: a choice
// of a method made a hundred rounds over three hundred components, two thirds of the time until the
// matrices stood. The store is the same after every action as it would be without us, but
// - components hear of several actions in a row once, what a person did in a field excepted, and
//   of actions about the queues of callbacks not at all;
// - every component that is drawn for the first time says so in an action of its own, and what is
//   said of a component holds for all in it: of a row of them the outermost are enough;
// - an answer of the server that sets a component to what it is already reaches nobody. Callbacks
//   that wait for it are started by Dash all the same.
(function () {
  const RESET = "RESET_COMPONENT_STATE";
  const PROPS = "ON_PROP_CHANGE";
  // Parts of the state that no component reads, but Dash's developer tools.
  const UNSEEN = new Set(["callbacks", "callbackJobs", "changed", "paths", "profile"]);

  // The paths of which no other one is the beginning, the shorter first.
  function outermost(paths) {
    const found = new Map();
    const inside = (path) => {
      let begun = "";
      return path.some((step) => found.has((begun += `/${step}`)));
    };
    [...paths].sort((one, other) => one.length - other.length).forEach((path) => {
      if (!inside(path)) {
        found.set(`/${path.join("/")}`, path);
      }
    });
    return [...found.values()];
  }

  function same(one, other) {
    if (one === other) {
      return true;
    }
    if (!one || !other || typeof one !== "object" || typeof other !== "object"
        || Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
      return false;
    }
    const names = Object.keys(one);
    return names.length === Object.keys(other).length
      && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
  }

  // Whether an answer of the server changes nothing of the component it is about.
  function idle({ type, payload }, layout) {
    if (type !== PROPS || payload.source !== "response") {
      return false;
    }
    const component = payload.itempath.reduce((at, step) => at && at[step], layout);
    return Boolean(component && component.props) && Object.entries(payload.props)
      .every(([name, value]) => Object.hasOwn(component.props, name)
        && same(value, component.props[name]));
  }

  // What a person did is seen at once: a field whose text is set later loses its cursor.
  const byHand = ({ type, payload }) => type === PROPS && payload.source !== "response";

  // store: as Redux makes it; later: calls what it is given when all that runs now has run.
  function gather(store, later) {
    const { dispatch: bare, subscribe } = store;
    const listeners = new Set();
    let resets = [];
    let owed = false;
    let prompt = false;

    const reset = () => {
      const paths = outermost(resets);
      resets = [];
      paths.forEach((itempath) => bare({ type: RESET, payload: { itempath } }));
    };
    let told = store.getState();
    const tell = () => {
      owed = false;
      told = store.getState();
      [...listeners].forEach((listener) => listener());
    };
    subscribe(() => {
      const now = store.getState();
      if (!Object.keys(now).some((part) => now[part] !== told[part] && !UNSEEN.has(part))) {
        return;
      }
      if (prompt) {
        tell();
      } else if (!owed) {
        owed = true;
        later(() => owed && tell());
      }
    });
    store.subscribe = (listener) => {
      const own = () => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    };
    store.dispatch = (action) => {
      if (typeof action === "function") { // what it dispatches comes here too
        return action(store.dispatch, store.getState);
      }
      if (action.type === RESET && action.payload && action.payload.itempath) {
        if (!resets.length) {
          later(reset);
        }
        resets.push(action.payload.itempath);
        return action;
      }
      reset();
      if (idle(action, store.getState().layout)) {
        return action;
      }
      const before = prompt;
      prompt = prompt || byHand(action);
      try {
        return bare(action);
      } finally {
        prompt = before;
      }
    };
    return store;
  }

  window.atlasDispatches = { outermost, gather, same };

  // Dash puts its store there before anything is drawn.
  let store;
  Object.defineProperty(window, "store", {
    configurable: true,
    get: () => store,
    set: (made) => {
      store = gather(made, (work) => window.queueMicrotask(work));
    },
  });
})();
