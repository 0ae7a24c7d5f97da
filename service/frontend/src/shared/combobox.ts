export interface Choice {
  name: string;
  more: string;
  /** What `chosen` is given. */
  value: string;
}

let lists = 0;

/**
 * Completes what is typed into a field.
 * The pattern is the ARIA Authoring Practices' "editable combobox with list autocomplete".
 */
export function combobox(
  input: HTMLInputElement,
  find: (text: string, signal: AbortSignal) => Promise<Choice[]> | Choice[],
  chosen: (value: string) => void,
): void {
  const list = document.createElement("ul");
  list.id = `suggestions-${++lists}`;
  list.className = "suggestions";
  list.role = "listbox";
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  input.parentElement?.append(list);
  input.role = "combobox";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  let asking: AbortController | undefined;
  let marked = -1;

  function show(found: Choice[]): void {
    marked = -1;
    list.replaceChildren(...found.map((choice) => option(choice, () => take(choice.value))));
    for (const [index, element] of [...list.children].entries()) element.id = `${list.id}-${index}`;
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  }

  function take(value: string): void {
    show([]);
    chosen(value);
  }

  function mark(index: number): void {
    marked = index;
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
      show(await find(text, asking.signal));
    } catch {
      // Another letter was typed, or the network is gone: the form still searches.
    }
  });
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (list.hidden || !count) return;
    if (/^(Arrow(Up|Down)|Escape)$/.test(event.key)) asking?.abort(); // no late answer takes away what is being chosen from
    if (event.key === "ArrowDown") mark((marked + 1) % count);
    else if (event.key === "ArrowUp") mark(marked <= 0 ? count - 1 : marked - 1);
    else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" && marked >= 0) {
      take((list.children[marked] as HTMLElement).dataset.value ?? "");
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => {
    asking?.abort();
    show([]);
  });
}

function option({ name, more, value }: Choice, take: () => void): HTMLLIElement {
  const item = document.createElement("li");
  item.role = "option";
  item.dataset.value = value;
  item.setAttribute("aria-selected", "false");
  const label = document.createElement("bdi");
  label.textContent = name;
  item.append(label);
  if (more) {
    const small = document.createElement("small");
    small.textContent = more;
    item.append(" ", small);
  }
  // The field would lose the focus, and the list with it, before the click arrived.
  item.addEventListener("mousedown", (event) => event.preventDefault());
  item.addEventListener("click", take);
  return item;
}
