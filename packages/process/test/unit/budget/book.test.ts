import type { BudgetAccount } from "@weftos/interface";
import { describe, expect, it } from "vitest";
import { Book, type Change } from "../../../src/budget/book.ts";

/** A budget, one lent out of it, one out of that, and one that bounds nothing of its own. */
const nested: readonly Change[] = [
  ["o", 1, 0, "top", { tokens: 100, messages: 10 }],
  ["o", 2, 1, "middle", { tokens: 50 }],
  ["o", 3, 2, "below", { tokens: 20 }],
  ["o", 4, 3, "unbounded", {}],
  ["s", 3, { tokens: 5 }],
  ["s", 4, { tokens: 1, messages: 2 }],
  ["h", 3, "7", { tokens: 4 }],
  ["g", 2, { tokens: 10 }],
];

function bookOf(changes: Iterable<Change>): Book {
  const book = new Book();
  for (const change of changes) book.apply(change);
  return book;
}

function shown(book: Book): readonly BudgetAccount[] {
  const accounts = Array.from(book.all(), (account) => account.snapshot());
  return accounts.sort((one, other) => one.id - other.id);
}

describe("the book of budgets", () => {
  it("is the same when it is made of its own changes, however deep budgets were lent", () => {
    const book = bookOf(nested);
    expect(shown(bookOf(book.changes()))).toEqual(shown(book));
    expect(shown(book)[1]).toMatchObject({ spent: { messages: 2 }, lent: { tokens: 60 } });
    expect(shown(book)[3]).toMatchObject({ spent: { tokens: 6 }, held: { tokens: 4 } });
  });

  it("gives back once what was lent, whichever is closed first: what was set aside is spent", () => {
    const closes: readonly (readonly number[])[] = [[2], [3, 2], [4, 3, 2]];
    for (const order of closes) {
      const book = bookOf([...nested, ...order.map((id): Change => ["c", id])]);
      expect([order, ...shown(book).map(({ owner }) => owner)]).toEqual([order, "kernel", "top"]);
      expect([order, book.find(1)?.snapshot()]).toMatchObject([
        order,
        { spent: { tokens: 10, messages: 2 }, lent: { tokens: 0 }, held: {} },
      ]);
    }
  });
});
