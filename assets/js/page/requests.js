// The page's requests have one owner: an answer that is lost is asked for again, with patience,
// and what stays lost is said. A server that restarts is back within seconds.
(function () {
  const PAUSES_MS = [300, 700, 1500, 3000, 6000];
  // After so many pauses, 2.5 s, it is said while it goes on: the tries take four times as long.
  const SAID_AFTER = 3;
  // What a proxy answers for a server that is not there, and a server that is starting.
  const AWAY = new Set([502, 503, 504]);
  const NOT_YET = 202; // what a busy server answers who says that the page asks again: come_again.py
  const WAITS = { "Atlas-Waits": "1" };
  const BUSY_MS = 600000;
  const bare = window.fetch.bind(window);

  const pause = (ms) => new Promise((done) => window.setTimeout(done, ms));
  const element = (id) => document.getElementById(id);

  // Any answer but that nobody is there; throws where nobody was there each time, or on abort. Without
  // pauses it is asked once: what nobody asked for does not keep asking a busy server. away: waits
  // as `pause`, in its place from the try on that is said.
  async function patiently(url, options, pauses = PAUSES_MS, away = pause) {
    const asked = window.atlasQuery && typeof url === "string"
      ? window.atlasQuery.request(url) : { url, options: {} };
    const begun = Date.now();
    for (let tried = 0; ; tried += 1) {
      try {
        const headers = { ...options?.headers, ...asked.options.headers, ...WAITS };
        const answer = await bare(asked.url, { ...options, ...asked.options, headers });
        if (answer.status !== NOT_YET && !AWAY.has(answer.status)) {
          return answer;
        }
        const later = Number(answer.headers.get("Retry-After"));
        if (later && pauses.length && Date.now() - begun < BUSY_MS) {
          // The server is there, and busy with long questions: that counts for nothing.
          await pause(later * 1000);
          tried -= 1;
          continue;
        }
        if (tried >= pauses.length) {
          throw new Error(`the server answers ${answer.status}`);
        }
      } catch (fault) {
        if (fault.name === "AbortError" || tried >= pauses.length) {
          throw fault;
        }
      }
      await (tried < SAID_AFTER ? pause : away)(pauses[tried]);
    }
  }

  // -- Dash's own requests: they wait until somebody tries again, or the server is back -------------

  const AGAIN_MS = 5000;
  const waiting = new Set();
  let told = false; // that the server does not answer

  function lost(on) {
    told = on;
    const notice = element("lost");
    if (notice) {
      notice.hidden = !on;
    }
  }

  function triedAgain(ms = AGAIN_MS) {
    return new Promise((again) => {
      waiting.add(again);
      lost(true);
      // Nobody has to be there when the server is back.
      window.setTimeout(() => waiting.delete(again) && again(), ms);
    });
  }

  function tryAgain() {
    const all = [...waiting];
    waiting.clear();
    lost(false);
    all.forEach((again) => again());
  }

  // JSON, packed or not: what stands in front of a server answers with a page.
  const isAnswer = (answer) => /^application\/(json|vnd\.transfer-atlas\.packed)\b/.test(
    answer.headers.get("Content-Type"));

  async function withoutEnd(url, options) {
    for (;;) {
      try {
        const answer = await patiently(url, options, PAUSES_MS, triedAgain);
        if (answer.status === 200 && !isAnswer(answer)) {
          // What stands in front of the server asks who this is, say; Dash would wait for ever.
          await triedAgain();
          continue;
        }
        if (told) {
          // The server is back: what was lost before is asked for by itself.
          tryAgain();
        }
        return answer;
      } catch (fault) {
        if (fault.name === "AbortError") {
          throw fault;
        }
        await triedAgain();
      }
    }
  }

  // Dash has all its components look at what an answer changed, which takes as long as a figure or two:
  // while figures are drawn it has to wait for the last of them.
  async function afterFigures(url, options) {
    const answer = await withoutEnd(url, options);
    const { status, statusText, headers } = answer;
    const body = status === 204 ? null : await answer.blob(); // all of it, so that nothing is left to wait for
    await window.atlasFigures?.painted();
    return new Response(body, { status, statusText, headers });
  }

  window.fetch = (url, options) => (
    String(url.url || url).includes("_dash-update-component") ? afterFigures(url, options) : bare(url, options)
  );

  document.addEventListener("click", (event) => {
    if (event.target.closest("#lost-again")) {
      tryAgain();
    }
  });

  // Whoever has a network again need not wait for the next try.
  window.addEventListener?.("online", () => told && tryAgain());

  window.atlasRequests = { patiently, withoutEnd, isAnswer };
})();
