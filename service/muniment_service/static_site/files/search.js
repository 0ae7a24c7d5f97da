/* Finds things by name in names.json: each word that is typed must begin a word of one of the names of a thing. */
"use strict";
(() => {
  const LETTERS = { "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ß": "ss" };
  const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/gu;
  const MOST = 100;

  const fold = (text) =>
    text.toLowerCase().normalize("NFKD").replace(/['\u2019\u02bc]/g, "").replace(/[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]/g, "")
      .replace(/[øłđħıæœþðß]/g, (letter) => LETTERS[letter]).replace(UNSPACED, " $& ").normalize("NFC")
      .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").trim();

  /* 0 is the name itself, 1 begins it, 2 begins words of it; -1 is none. */
  const rank = (name, asked, words) => {
    if (name === asked) return 0;
    if (name.startsWith(asked)) return 1;
    return words.every((word) => ` ${name}`.includes(` ${word}`)) ? 2 : -1;
  };

  const find = (things, text) => {
    const asked = fold(text);
    if (!asked) return [];
    const words = asked.split(" ");
    const hits = [];
    for (const [label, path, names] of things) {
      const ranks = names.map((name) => rank(name, asked, words)).filter((found) => found >= 0);
      if (ranks.length) hits.push([Math.min(...ranks), label, path]);
    }
    return hits.sort((a, b) => a[0] - b[0]);
  };

  if (typeof module !== "undefined") { module.exports = { fold, find }; return; }

  const input = document.querySelector("#q"), list = document.querySelector("#found"), said = document.querySelector("#said");
  const show = (things) => {
    const hits = find(things, input.value);
    said.textContent = fold(input.value) ? `${hits.length} found${hits.length > MOST ? `, the first ${MOST}` : ""}` : "";
    list.replaceChildren(...hits.slice(0, MOST).map(([, label, path]) => {
      const item = document.createElement("li"), link = document.createElement("a"), name = document.createElement("bdi");
      name.textContent = label;
      link.href = path;
      link.append(name);
      item.append(link);
      return item;
    }));
  };
  input.value = new URLSearchParams(location.search).get("q") || "";
  fetch("search/names.json").then((answer) => {
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }).then((things) => {
    input.addEventListener("input", () => show(things));
    show(things);
  }).catch(() => { said.textContent = "The names could not be read. The lists below have everything."; });
})();
