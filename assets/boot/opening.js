// What the address alone says is asked for while the scripts of the page are on their way: which tab
// is shown, and the answers of its cards. Whoever asks for the same later finds it under way
// (answers.js); an answer that was refused or lost is asked for once more, the usual way. See
// dashboard/ui/opening.py.
(function () {
  const CALLBACKS = "_dash-update-component";
  const LONGEST = 4000; // of an address: url-query.js
  const { search, hash } = window.location;
  // Not what stands behind `#`, nor what the address does not say.
  const isWhole = search.length < LONGEST && !hash.includes("=") && !window.history.state?.kept;
  const NOT_YET = 202; // to who asks again: requests.js
  const waits = { "Atlas-Waits": "1" };
  const headers = {
    Accept: "application/vnd.transfer-atlas.packed, application/json", // packed.js reads it
    "Content-Type": "application/json",
    ...waits,
  };
  const under = new Map(); // question -> its answer; null where there is none

  const answered = (url, options) => window.fetch(url, { credentials: "same-origin", ...options })
    .then((answer) => (answer.ok && answer.status !== NOT_YET ? answer : null), () => null);

  async function ask() {
    const mode = window.atlasAppearance.mode();
    const answer = await answered(`opening?${search.slice(1)}&mode=${mode}`, { cache: "no-store", headers: waits });
    const isJson = answer?.headers.get("Content-Type")?.startsWith("application/json");
    const told = isJson ? await answer.json().catch(() => null) : null;
    // After the scripts, where one of them has to wait.
    told?.questions.forEach((body) => under.set(body, answered(
      CALLBACKS, { method: "POST", headers, body, priority: "low" })));
    return told && { ...told, mode };
  }

  const shown = isWhole && !window.navigator.connection?.saveData ? ask() : Promise.resolve(null);

  window.atlasOpening = {
    // What is shown at this address, in these colours; null where the usual way is to be gone.
    shown: async (address, mode) => {
      const told = address === search + hash ? await shown : null;
      return told?.mode === mode ? told : null;
    },
    // An answer that is under way, once; null: there is none.
    take: (question) => {
      const answer = under.get(question) || null;
      under.delete(question);
      return answer;
    },
    // All that is shown was asked for.
    end: () => under.clear(),
  };
})();
