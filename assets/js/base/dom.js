// What more than one script does with the page: makes elements, hears once a frame that something
// was drawn anew, waits until nothing else is to be done, asks the server for JSON and loads scripts
// that come late. First of all scripts, and part of a board's.
(function () {
  // An element with properties, attributes where it has none of that name, and children; text is
  // text, whatever stands in it.
  function made(tag, properties, ...children) {
    const element = document.createElement(tag);
    Object.entries(properties || {}).forEach(([name, value]) => {
      if (name in element && name !== "list") { // of an input it cannot be set
        element[name] = value;
      } else {
        element.setAttribute(name, value);
      }
    });
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  // `1 row`, `2,000 rows`.
  const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

  // What changes while somebody points and clicks has no figure in it and nothing to be made ready:
  // what is said under the pointer, plotly's box and cover while a button is down, marks, the panel,
  // the page's title, Dash's note that a callback runs.
  const PASSING = [
    ".hoverlayer", ".hover-card", ".zoomlayer", ".dragcover", ".selection-marks", ".cursor-marks", "#panel",
    "title", "._dash-loading-callback",
  ].join();
  const passes = (node) => node.nodeType === 1 && node.closest(PASSING);
  const passing = ({ target, addedNodes, removedNodes }) => passes(target)
    || addedNodes.length + removedNodes.length === 1 && passes(addedNodes[0] || removedNodes[0]);

  const told = [];
  let waiting = false;
  new MutationObserver((changes) => {
    if (!waiting && !changes.every(passing)) {
      waiting = true;
      // Each by itself: one that fails leaves the others alone.
      [() => { waiting = false; }, ...told].forEach(
        (does) => window.requestAnimationFrame(() => does()));
    }
  }).observe(document, { childList: true, subtree: true });

  const whenDrawn = (does) => told.push(does);

  // Not every browser tells when it has nothing else to do.
  const whenIdle = window.requestIdleCallback
    ? (does) => window.requestIdleCallback(() => does())
    : (does) => window.setTimeout(does);

  // Of our own page what cannot be done is an answer, and no fault for the browser's console.
  const FROM_PAGE = { "Atlas-Page": "1" };

  // The answer of the server; what is none has a problem that can be shown.
  async function ask(path, options) {
    try {
      const headers = { ...FROM_PAGE, ...(options || {}).headers };
      const response = await window.fetch(
        path, { cache: "no-store", credentials: "same-origin", ...options, headers });
      const kind = response.headers.get("Content-Type") || "";
      return kind.includes("json")
        ? await response.json()
        : { problem: (await response.text()).slice(0, 300) };
    } catch {
      return { problem: "The server does not answer; try again." };
    }
  }

  const post = (path, body) =>
    ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body || {}),
    });

  // A script that comes when it is first needed; after a failure it may be tried again.
  const loaded = new Map();
  function load(address) {
    if (!loaded.has(address)) {
      loaded.set(address, new Promise((resolve, reject) => {
        const script = made("script", { src: address, onload: resolve });
        script.onerror = () => {
          loaded.delete(address);
          script.remove();
          reject(new Error(address));
        };
        document.head.append(script);
      }));
    }
    return loaded.get(address);
  }

  window.atlasDom = { made, counted, whenDrawn, whenIdle, ask, post, load };
})();
