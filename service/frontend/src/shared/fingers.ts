/**
 * Lets a drawing be moved with one finger and spread with two. `begin` is called whenever a finger comes or goes, and gives what is told
 * how far the fingers are spread, as a multiple, and from where to where their middle went (pixels from the left edge of the drawing).
 * `rest` is called when the last finger goes, if they moved. Up and down stay with the browser (`touch-action: pan-y`).
 */
export function fingers(
  place: HTMLElement,
  begin: () => (spread: number, from: number, to: number) => void,
  rest: () => void,
): void {
  const down = new Map<number, number>();
  let start: number[] = [];
  let move: ReturnType<typeof begin> | undefined;
  let moved = false;

  const middle = (of: number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
  const apart = (of: number[]) => (of.length > 1 ? Math.max(Math.abs(of[0]! - of[1]!), 10) : 1);
  const restart = () => {
    start = [...down.values()];
    move = start.length ? begin() : undefined;
  };
  const gone = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    restart();
    if (down.size || !moved) return;
    moved = false;
    rest();
  };

  place.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    down.set(event.pointerId, event.clientX);
    restart();
  });
  addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, event.clientX);
    const now = [...down.values()];
    const spread = apart(now) / apart(start);
    const left = place.getBoundingClientRect().left;
    if (Math.abs(middle(now) - middle(start)) <= 4 && Math.abs(spread - 1) <= 0.02) return;
    moved = true;
    move?.(spread, middle(start) - left, middle(now) - left);
  });
  addEventListener("pointerup", gone);
  addEventListener("pointercancel", gone);
}
