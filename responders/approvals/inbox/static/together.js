// A card and its sisters: one yes for several accounts, each with its own text; one undo for all of them.

const boxes = (card) => [...card.querySelectorAll(".sisters input")];
const same = (card, box) => card.querySelector(`.sisters input[value="${box.value}"][data-revision="${box.dataset.revision}"]`);

export const ticked = (card) => boxes(card).filter((box) => box.checked);

// What goes with a yes: each sister as it stands on the screen.
export function also(card) {
  const found = ticked(card).map((box) => ({
    id: box.value, revision: Number(box.dataset.revision), text: JSON.parse(box.dataset.exact),
  }));
  return found.length ? { also: found } : {};
}

// The button says what it does.
export function nameButton(card) {
  const button = card.querySelector('[data-do="approve"]');
  if (!button) return;
  const count = ticked(card).length;
  button.textContent = count ? `${button.dataset.alone} and ${count} more` : button.dataset.alone;
}

// A sister that was chosen stays chosen as long as it is the very same text.
export function keepTicks(card, fresh) {
  for (const box of ticked(card)) {
    const there = same(fresh, box);
    if (there) there.checked = true;
  }
  nameButton(fresh);
}

// Whether a chosen sister is another one by now, or gone: nothing under a hand may change what its click does.
export const lostTicks = (card, fresh) => ticked(card).some((box) => !same(fresh, box));

document.addEventListener("change", (hit) => {
  if (hit.target.matches(".sisters input")) nameButton(hit.target.closest(".card"));
});
