/** Puts a button beside a block that people copy. */
export function copyable(block: HTMLElement): void {
  const text = block.textContent?.trim() ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Browsers allow the clipboard only at secure addresses; select the text instead, so that one key copies it.
      getSelection()?.selectAllChildren(block);
      button.textContent = "Press Ctrl+C";
    }
  });
  const frame = document.createElement("div");
  frame.className = "copyable";
  block.replaceWith(frame);
  frame.append(block, button);
}
