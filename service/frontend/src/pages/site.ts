// What every page has: search with type-ahead, the choice of light or dark, and lines that can be copied.
import "@fontsource/source-serif-4/latin-600.css";
import { copyable } from "../shared/copy";
import { suggestions } from "../shared/suggest";
import { themeChoice } from "../shared/theme";

for (const form of document.querySelectorAll<HTMLFormElement>("form[role=search]")) suggestions(form);
for (const block of document.querySelectorAll<HTMLElement>("pre[data-copy]")) copyable(block);
themeChoice();
