// A problem of the service (RFC 9457) in words, and its mark in the editor.
import type Yasqe from "@zazuko/yasqe";

export interface Problem {
  title?: string;
  detail?: string;
  hint?: string;
  line?: number;
  column?: number;
  excerpt?: string;
}

/** The problem that an answer is; nothing if it is something else. */
export function problemOf(text: string): Problem | undefined {
  try {
    const found = JSON.parse(text) as Problem & { type?: string };
    return found.title || found.detail ? found : undefined;
  } catch {
    return undefined;
  }
}

export function inWords(problem: Problem): HTMLElement {
  const box = document.createElement("div");
  box.className = "problem";
  box.role = "alert";
  const add = (name: string, text: string | undefined) => {
    if (!text) return;
    const element = document.createElement(name);
    element.textContent = text;
    box.append(element);
  };
  add("strong", problem.title);
  const place = problem.line ? `Line ${problem.line}, column ${problem.column ?? 1}: ` : "";
  add("p", `${place}${problem.detail ?? ""}`);
  add("pre", problem.excerpt);
  add("p", problem.hint);
  return box;
}

/** Marks the place of a problem in the editor until the text changes there. */
export function mark(editor: Yasqe, problem: Problem): void {
  if (!problem.line) return;
  const line = problem.line - 1;
  const from = { line, ch: (problem.column ?? 1) - 1 };
  const rest = (editor.getLine(line) ?? "").slice(from.ch);
  const length = /^\S+/.exec(rest)?.[0].length ?? 1;
  const found = editor.markText(
    from,
    { line, ch: from.ch + length },
    { className: "wrong", title: problem.detail ?? "" },
  );
  const handle = editor.addLineClass(line, "wrap", "wrong-line");
  const events = editor as unknown as Record<"on" | "off", (name: string, handler: () => void) => void>; // CodeMirror's own
  const clear = () => {
    found.clear();
    editor.removeLineClass(handle, "wrap", "wrong-line");
    events.off("change", clear);
  };
  events.on("change", clear);
  editor.scrollIntoView(from, 60);
}
