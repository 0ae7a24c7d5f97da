/** An element with properties, attributes (in quotes) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> & Record<string, unknown> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-")) found.setAttribute(key, String(value));
    else Object.assign(found, { [key]: value });
  }
  found.append(...children);
  return found;
}

export function quiet(words: string, press: () => void, label = words): HTMLButtonElement {
  const button = element("button", { type: "button", className: "quiet", textContent: words });
  if (label !== words) button.setAttribute("aria-label", label);
  button.addEventListener("click", press);
  return button;
}

/** A name, whatever direction it is written in. */
export function isolated(text: string): HTMLElement {
  return element("bdi", { textContent: text });
}

export function number(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(value);
}
