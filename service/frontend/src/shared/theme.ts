/** Lets people choose light or dark; without a choice the system's holds. `data-theme` is set early by theme.js. */
const KEY = "theme";

export function themeChoice(): void {
  const place = document.querySelector<HTMLElement>("[data-theme-choice]");
  if (!place) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () =>
    (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const name = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", dark() ? "Use light colours" : "Use dark colours");
  };
  button.addEventListener("click", () => {
    const chosen = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = chosen;
    remember(chosen);
    name();
    document.dispatchEvent(new CustomEvent("themechange"));
  });
  system.addEventListener("change", name);
  name();
  place.append(button);
}

function remember(chosen: string): void {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // Private windows may refuse; then the choice holds for this page.
  }
}
