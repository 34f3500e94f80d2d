/** Creates elements. Text is only ever inserted as text. */

type Child = Node | string;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

export function button(text: string, onClick: () => void, className = ''): HTMLButtonElement {
  const element = el('button', { type: 'button', ...(className && { class: className }) }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** A group of radio buttons. */
export function choice<T extends string>(
  legend: string,
  options: readonly (readonly [T, string])[],
  chosen: T,
  onChange: (value: T) => void,
): HTMLFieldSetElement {
  const set = el('fieldset', { class: 'choice' }, el('legend', {}, legend));
  for (const [value, label] of options) {
    const input = el('input', { type: 'radio', name: legend, value });
    input.checked = value === chosen;
    input.addEventListener('change', () => onChange(value));
    set.append(el('label', {}, input, el('span', {}, label)));
  }
  return set;
}

export const section = (id: string, title: string, ...children: readonly Child[]): HTMLElement =>
  el('section', { 'aria-labelledby': id }, el('h2', { id }, title), ...children);
