// To take a figure along: where its files are asked for, how they are called and saved; its caption.
// Pictures and tables are export-dialog.js.
(function () {
  const SAID_MS = 1600;

  const address = (card, kind, more = {}) => {
    const { mode } = window.atlasAppearance;
    const all = { ...more, mode: mode(), digest: window.atlasNavigation.digest() };
    return `take/${encodeURIComponent(card)}.${kind}?${window.atlasNavigation.query(all)}`;
  };

  function fileName(card, kind) {
    const asked = window.atlasNavigation.query();
    const made = window.atlasNavigation.digest();
    const parts = [asked.get("study"), card, asked.get("method"), asked.get("beside"), made].filter(Boolean);
    return `${parts.join("-").replace(/[^\w-]+/g, "_").slice(0, 120)}.${kind}`;
  }

  function save(blob, name) {
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  async function take(url, options) {
    const answer = await window.atlasRequests.patiently(url, { credentials: "same-origin", ...options });
    if (!answer.ok) {
      throw new Error((await answer.text()).trim() || `The server answers ${answer.status}.`);
    }
    return answer;
  }

  let typeface = null;

  async function face() {
    if (typeface) {
      return typeface;
    }
    const answer = await fetch("assets/fonts/inter-latin-wght-normal.woff2");
    if (!answer.ok) {
      throw new Error(`The server answers ${answer.status} for the typeface of images.`);
    }
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    typeface = (
      '@font-face{font-family:"Inter Variable";font-weight:100 900;' +
      `src:url("data:font/woff2;base64,${btoa(text)}") format("woff2")}`
    );
    return typeface;
  }

  async function caption(card) {
    const text = await (await take(address(card, "txt"))).text();
    try {
      await window.navigator.clipboard.writeText(text);
      return "Copied";
    } catch {
      // Without a secure context there is no clipboard: show the text to copy by hand.
      window.prompt("Copy this caption", text);
      return "Shown";
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-take]");
    if (!button || button.disabled) {
      return;
    }
    const { take: kind, card } = button.dataset;
    const text = button.textContent;
    button.disabled = true;
    try {
      if (kind === "txt") {
        button.textContent = await caption(card);
        window.setTimeout(() => (button.textContent = text), SAID_MS);
      } else {
        save(await (await take(address(card, kind))).blob(), fileName(card, kind));
      }
    } catch (error) {
      window.dash_clientside.set_props("alarm", { children: String(error.message || error) });
    } finally {
      button.disabled = false;
      button.focus();
    }
  });

  window.atlasTake = { address, face, fileName, save, take };
})();
