/** Attributes of an element: functions listen, `false` leaves one out. */
export type Attributes = Record<string, string | boolean | ((event: Event) => void)>;

/** An element with its children. Text is text: nothing here reads HTML. */
export function h(tag: string, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
