/** What looks back over the chain, loaded with the first question: a kernel that only decides needs none of it. */
export { reviewChain } from "../judicial/review-chain.ts";
export { explainEvent } from "./explain-event.ts";
export { rehearse } from "./rehearse.ts";
