/**
 * Lets a drawing be dragged by the mouse: `begin` is called when the button goes down, and gives what is told how far the pointer went
 * (pixels, to the left and up). Until it went more than four pixels nothing moves, and a click stays a click. Returns what tells whether the last press was a drag.
 */
export function draggable(
  place: HTMLElement,
  far: (right: number, low: number) => number,
  begin: () => (right: number, low: number) => void,
): () => boolean {
  let dragged = false;
  place.addEventListener("pointerdown", (down) => {
    if (down.button !== 0 || down.pointerType === "touch") return;
    const drag = begin();
    dragged = false;
    const move = (event: PointerEvent) => {
      const [right, low] = [down.clientX - event.clientX, down.clientY - event.clientY];
      if (far(right, low) > 4) dragged = true;
      if (dragged) drag(right, low);
    };
    const up = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
  });
  place.addEventListener("dragstart", (event) => event.preventDefault());
  place.addEventListener("click", (event) => dragged && event.preventDefault(), { capture: true });
  return () => dragged;
}
