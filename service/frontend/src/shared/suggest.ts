import { combobox } from "./combobox";

interface Suggestion {
  url: string;
  label: string;
  name: string;
  description: string;
}

/** Completes what is typed into the search field of a form, from `/suggest`. */
export function suggestions(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[type=search]");
  if (!field) return;
  combobox(field, suggested, (url) => location.assign(url));
}

async function suggested(text: string, signal: AbortSignal) {
  const answer = await fetch(`/suggest?${new URLSearchParams({ q: text, limit: "8" })}`, {
    signal,
    headers: { Accept: "application/json" },
  });
  const { suggestions } = (await answer.json()) as { suggestions?: Suggestion[] };
  return (suggestions ?? []).map(({ url, label, name, description }) => ({
    name,
    more: [name === label ? "" : label, description].filter(Boolean).join(" - "),
    value: url,
  }));
}
