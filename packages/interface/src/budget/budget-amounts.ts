/** What a budget counts. Money is in millionths of its currency, whole: never a fraction. */
export type BudgetUnit = "tokens" | "moneyMicros" | "toolCalls" | "messages" | "cpuMs";

/** So much of each unit: whole numbers, 0 or more. What is not named is 0 in an amount, and unbounded in a grant. */
export type BudgetAmounts = { readonly [Unit in BudgetUnit]?: number | undefined };
