// The report is of what the address says now. It takes seconds to minutes: the button says how far it
// is and cancels it. See dashboard/export/report_route.py, which tells it line by line.
(function () {
  const STEPS = "application/vnd.transfer-atlas.steps";
  const BUSY_MS = 1000;
  const asked = () => window.atlasNavigation.query({ digest: window.atlasNavigation.digest() });
  const target = (event) => event.target.closest?.("[data-report]");
  let making = null; // what ends the report that is being made

  const bring = (event) => {
    const link = target(event);
    if (link) {
      link.search = `?${asked()}`;
    }
  };

  // Each line as soon as it is whole; one may be as long as the file.
  async function* linesOf(answer) {
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    let begun = [];
    for (;;) {
      const { done, value } = await reader.read();
      const [first, ...more] = (done ? decoder.decode() : decoder.decode(value, { stream: true })).split("\n");
      begun.push(first);
      for (const next of more) {
        yield JSON.parse(begun.join(""));
        begun = [next];
      }
      if (done) {
        return;
      }
    }
  }

  // The file, or null where the server is busy. Throws what the server says of it.
  async function made(url, signal, told) {
    const answer = await window.atlasTake.take(url, { signal, headers: { Accept: STEPS } });
    for await (const line of linesOf(answer)) {
      if (line.error) {
        throw new Error(line.error);
      }
      if (line.again) {
        return null;
      }
      if (line.name) {
        return line;
      }
      told(line);
    }
    throw new Error("The report was cut off: ask for it again.");
  }

  async function report(url, signal, told) {
    for (;;) {
      const file = await made(url, signal, told);
      if (file) {
        return file;
      }
      // What was computed is kept: it goes on where it was.
      await new Promise((does) => window.setTimeout(does, BUSY_MS));
      signal.throwIfAborted();
    }
  }

  const say = (text) => {
    document.getElementById("report-said").textContent = text;
  };

  function follow(link, { done, of, what }) {
    // As wide as the word that stood there: the bar does not move.
    link.textContent = `${done}/${of} ×`;
    link.title = `${done} of ${of} tabs of the report are made${what ? `, ${what} is next` : ""}. Press to cancel.`;
    say(`Report: ${done} of ${of} tabs`);
  }

  async function save(link) {
    const { textContent, title } = link;
    making = new AbortController();
    link.setAttribute("aria-busy", "true");
    link.textContent = "Cancel";
    link.setAttribute("aria-label", "Cancel the report");
    say("The report is being made");
    try {
      const { name, html } = await report(link.href, making.signal, (step) => follow(link, step));
      window.atlasTake.save(new Blob([html], { type: "text/html" }), name);
      say("The report is saved");
    } catch (fault) {
      if (making.signal.aborted) {
        say("The report is cancelled");
      } else {
        say("");
        const why = fault instanceof TypeError ? "The report was cut off: ask for it again." : fault.message;
        window.dash_clientside.set_props("alarm", { children: String(why || fault) });
      }
    } finally {
      making = null;
      link.removeAttribute("aria-busy");
      link.removeAttribute("aria-label");
      Object.assign(link, { textContent, title });
    }
  }

  document.addEventListener("pointerdown", bring, true);
  document.addEventListener("focusin", bring, true);
  document.addEventListener("click", (event) => {
    const link = target(event);
    if (!link) {
      return;
    }
    event.preventDefault();
    if (making) {
      making.abort();
      return;
    }
    bring(event);
    save(link);
  }, true);

  window.atlasReport = { report };
})();
