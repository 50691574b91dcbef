/**
 * Stands in for a language model, so that the tour needs no key and is the same every time: it does what the text it reads
 * tells it to, as a model without defence may. It only makes wishes; whether they come true is the kernel's to decide.
 */

/** One thing that the model wants to do. */
export type Wish =
  | { readonly kind: "message"; readonly to: "indexer"; readonly text: string }
  | { readonly kind: "remove" }
  | { readonly kind: "post" }
  | { readonly kind: "answer"; readonly text: string };

/** What the model is called wherever it appears. */
export const MODEL_LABEL = "a scripted model stands in for a language model";

const marker = /instructions for the ai assistant/i;
const order = /^[>\s]*\d+\.\s*(.+)$/;

/** Gives the orders that a document holds, word for word. */
export function ordersIn(document: string): readonly string[] {
  const start = document.search(marker);
  if (start === -1) return [];
  const lines = document.slice(start).split("\n");
  return lines.map((line) => order.exec(line)?.[1]).filter((line) => line !== undefined);
}

/** Reads a document and wishes for what it says, in its order. */
export function obey(document: string): readonly Wish[] {
  return ordersIn(document)
    .map(wishOf)
    .filter((wish) => wish !== undefined);
}

function wishOf(text: string): Wish | undefined {
  if (/^tell the indexer/i.test(text)) return { kind: "message", to: "indexer", text };
  if (/^delete the folder/i.test(text)) return { kind: "remove" };
  if (/^send /i.test(text)) return { kind: "post" };
  if (/^answer the user/i.test(text)) return { kind: "answer", text: "Done. The notice was filed." };
  return undefined;
}
