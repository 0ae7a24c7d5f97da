interface Suggestion {
  url: string;
  label: string;
  name: string;
  description: string;
}

let lists = 0;

/**
 * Completes what is typed into the search field of a form, from `/suggest`.
 * The pattern is the ARIA Authoring Practices' "editable combobox with list autocomplete".
 */
export function suggestions(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[type=search]");
  if (!field) return;
  const input = field;
  const list = document.createElement("ul");
  list.id = `suggestions-${++lists}`;
  list.className = "suggestions";
  list.role = "listbox";
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  form.append(list);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let asking: AbortController | undefined;
  let chosen = -1;

  function show(found: Suggestion[]): void {
    chosen = -1;
    list.replaceChildren(...found.map(option));
    for (const [index, element] of [...list.children].entries()) element.id = `${list.id}-${index}`;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index: number): void {
    chosen = index;
    for (const [at, element] of [...list.children].entries()) {
      element.setAttribute("aria-selected", String(at === index));
    }
    const element = list.children[index];
    if (element) {
      input.setAttribute("aria-activedescendant", element.id);
      element.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  input.addEventListener("input", async () => {
    asking?.abort();
    const text = input.value.trim();
    if (!text) return show([]);
    asking = new AbortController();
    try {
      const answer = await fetch(`/suggest?${new URLSearchParams({ q: text, limit: "8" })}`, {
        signal: asking.signal,
        headers: { Accept: "application/json" },
      });
      const { suggestions } = (await answer.json()) as { suggestions?: Suggestion[] };
      show(suggestions ?? []);
    } catch {
      // Another letter was typed, or the network is gone: the form still searches.
    }
  });
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (list.hidden || !count) return;
    if (event.key === "ArrowDown") mark((chosen + 1) % count);
    else if (event.key === "ArrowUp") mark(chosen <= 0 ? count - 1 : chosen - 1);
    else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" && chosen >= 0) {
      location.assign((list.children[chosen] as HTMLElement).dataset.href ?? "/");
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => show([]));
}

function option(found: Suggestion): HTMLLIElement {
  const item = document.createElement("li");
  item.role = "option";
  item.dataset.href = found.url;
  item.setAttribute("aria-selected", "false");
  const name = document.createElement("bdi");
  name.textContent = found.name;
  item.append(name);
  const more = [found.name === found.label ? "" : found.label, found.description].filter(Boolean).join(" - ");
  if (more) {
    const small = document.createElement("small");
    small.textContent = more;
    item.append(" ", small);
  }
  // The field would lose the focus, and the list with it, before the click arrived.
  item.addEventListener("mousedown", (event) => event.preventDefault());
  item.addEventListener("click", () => location.assign(found.url));
  return item;
}
