/**
 * A kernel for tests, and its chain as evidence.
 *
 * @packageDocumentation
 *
 * @example
 * ```ts
 * import { expectChain, testKernel } from "@weftos/testkit/kernel";
 *
 * const { kernel } = await testKernel({ seed: 1 });
 * await expectChain(kernel).toContain("chain.genesis");
 * await kernel.shutdown();
 * ```
 */
export { type AskingInit, approvalOf, asking } from "./asking.ts";
export { type ChainExpectation, expectChain } from "./expect-chain.ts";
export { type TestKernel, type TestKernelInit, testKernel } from "./test-kernel.ts";
