let asking: AbortController | undefined;

/** Takes parts of this page, by their selectors, from the page at another address, as the server writes them. */
export async function swap(address: string, ...selectors: string[]): Promise<void> {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (signal.aborted) return;
  for (const selector of selectors) {
    const [here, there] = [document.querySelector(selector), page.querySelector(selector)];
    if (here && there) here.replaceWith(there);
  }
}
