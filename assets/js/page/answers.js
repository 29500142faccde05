// What the cards are told: asked as Dash would ask, so that the server knows no difference, kept
// while there is room, and forgotten where it may be another answer the next time. See cards.js.
(function () {
  const CALLBACKS = "_dash-update-component";
  const KEPT = 48e6; // characters or bytes of answers, in all: three methods of a thousand tasks
  const UNKNOWN = 500;

  // Texts or answers by their questions, `most` of their length in all; what was used last goes last.
  function keeper(most) {
    const answers = new Map();
    let size = 0;

    function keep(question, answer) {
      if (answer.length > most) {
        return;
      }
      size += answer.length - (answers.get(question) || "").length;
      answers.delete(question);
      answers.set(question, answer);
      for (const [oldest, { length }] of answers) {
        if (size <= most) {
          break;
        }
        answers.delete(oldest);
        size -= length;
      }
    }

    function kept(question) {
      const answer = answers.get(question);
      if (answer !== undefined) {
        answers.delete(question);
        answers.set(question, answer);
      }
      return answer;
    }

    function forget() {
      answers.clear();
      size = 0;
    }

    return { keep, kept, forget, has: (question) => answers.has(question) };
  }

  const answers = keeper(KEPT);
  const unknown = new Set(); // questions that the server had no answer to in memory
  const coming = new Map(); // question -> what is under way for it, asked for before anybody waited
  let era = 0; // how often all answers were forgotten

  // parts: what is filled of each card; data: what the callback is told.
  function questionOf(parts, { store, cards, opener }, data) {
    const outputs = cards.flatMap((card) => parts.map(([part, property]) => (
      { id: `${card}-${part}`, property })));
    const inputs = [{ id: store, property: "data", value: data },
      ...(opener ? [{ id: opener, property: "data", value: true }] : [])];
    return JSON.stringify({
      output: `..${outputs.map(({ id, property }) => `${id}.${property}`).join("...")}..`,
      outputs, inputs, changedPropIds: [`${store}.data`],
    });
  }

  const request = (question, headers) => ({
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: window.atlasPacked.ACCEPT, "Content-Type": "application/json", ...headers },
    body: question,
  });

  function forget() {
    answers.forget();
    unknown.clear();
    era += 1;
  }

  // The answer (packed.js); null where the server says that nothing changes. Throws the sentence that
  // the server refuses with, or "".
  async function answerTo(question) {
    if (coming.has(question)) {
      await coming.get(question);
      const there = answers.kept(question);
      if (there !== undefined) {
        return there;
      }
    }
    const begun = era;
    const early = window.atlasOpening?.take(question);
    const answer = (early && await early)
      || await window.atlasRequests.withoutEnd(CALLBACKS, request(question));
    if (answer.status === 204) {
      return null;
    }
    if (!answer.ok) {
      const isSentence = answer.headers.get("Content-Type")?.startsWith("text/plain");
      throw new Error(isSentence ? (await answer.text()).trim() : "");
    }
    const read = await window.atlasPacked.read(answer);
    // What begins a job or tells of a failure is another answer the next time: the server says so.
    if (begun === era && !(answer.headers.get("Cache-Control") || "").includes("no-store")) {
      answers.keep(question, read);
    }
    return read;
  }

  // What may be asked for next: kept where the server has the answer in memory; nothing is computed
  // for it. how: "likely", of which only small answers are sent, or "expected" (response_cache.py).
  async function foresee(question, how = "likely") {
    const asked = `${how} ${question}`;
    await coming.get(question);
    if (answers.has(question) || unknown.has(asked)) {
      return;
    }
    if (unknown.size >= UNKNOWN) {
      unknown.clear();
    }
    unknown.add(asked);
    const comes = known(question, how, () => unknown.delete(asked));
    coming.set(question, comes);
    await comes;
    if (coming.get(question) === comes) {
      coming.delete(question);
    }
  }

  // found: called where the server has the answer in memory.
  async function known(question, how, found) {
    const begun = era;
    try {
      // Once, without patience: it was not asked for.
      const answer = await window.atlasRequests.patiently(
        CALLBACKS, request(question, { "Atlas-Foreseen": how }), []);
      if (answer.status === 200 && window.atlasRequests.isAnswer(answer)) {
        const read = await window.atlasPacked.read(answer);
        if (begun === era) {
          found();
          answers.keep(question, read);
        }
      }
    } catch {
      // Then it is asked for when it is wanted.
    }
  }

  window.atlasAnswers = { keeper, questionOf, kept: answers.kept, answerTo, foresee, forget };
})();
