import {
  type AfterAnswer,
  type ApprovedRunner,
  approvedRunner,
  defineAction,
  definedActions,
  processDirectory,
  type Subject,
} from "@weftos/interface";
import { z } from "@weftos/schema";
import { memoryPlatform } from "@weftos/testkit";
import { describe, expect, test } from "vitest";
import { type AnyDefinedAction, Kernel } from "../../src/index.ts";
import {
  defer,
  deny,
  fakeApprovals,
  fakeFeature,
  guardFeatures,
  openCapabilities,
  recordedAudit,
} from "../fake-features.ts";

const agent: Subject = { kind: "process", id: "7" };

/** Kernels one after the other over the same approvals, as over one state directory. */
function world() {
  const book = fakeApprovals();
  const audit = recordedAudit();
  const ran: unknown[] = [];
  const snapshots: unknown[] = [];
  const alive = new Set<string>();
  let decide = defer;
  let runner: ApprovedRunner | undefined;
  const capabilities = {
    ...openCapabilities,
    checkSnapshot: (snapshot: unknown) => {
      snapshots.push(snapshot);
      return undefined;
    },
  };
  const post = defineAction({
    name: "net.post",
    input: z.strictObject({ url: z.string() }),
    effect: { risk: 0.5 },
    audit: "durable",
    resource: ({ url }) => url,
    attributes: ({ url }) => ({ url }),
    display: ({ url }) => `send to ${url}`,
    run: (input, { subject }) => {
      ran.push([input, subject]);
      if (input.url === "fail") throw new Error("refused");
      return null;
    },
  });
  const suspended = new Map<string, Promise<void>>();
  const directory = {
    held: (pid: number) => suspended.get(String(pid)),
    find: () => undefined,
    state: (pid: number) => (alive.has(String(pid)) ? "running" : undefined),
    list: () => [],
  };
  const boot = (actions: readonly AnyDefinedAction[] = [post], tools: readonly AnyDefinedAction[] = []) =>
    Kernel.boot({
      platform: memoryPlatform(),
      actions,
      features: [
        ...guardFeatures({ decide: () => decide(), approvals: book, audit, capabilities }),
        fakeFeature({ name: "process", provisions: [{ port: processDirectory, value: directory }] }),
        fakeFeature({
          name: "tools",
          actions: tools.map((tool) => tool.declaration),
          provisions: [
            {
              port: definedActions,
              value: { find: (name: string) => tools.find((tool) => tool.declaration.name === name) },
            },
          ],
        }),
        fakeFeature({
          name: "answers",
          uses: [approvedRunner],
          onCreate: (context) => {
            runner = context.use(approvedRunner)();
          },
        }),
      ],
    });
  const after = async (id: string): Promise<AfterAnswer> => {
    const approval = book.find(id);
    if (approval === undefined || runner === undefined) throw new Error("not ready");
    return await runner.afterAnswer(approval);
  };
  const nowDenied = (): void => {
    decide = deny as unknown as typeof defer;
  };
  return { book, audit, ran, snapshots, alive, suspended, post, boot, after, nowDenied };
}

const settle = (): Promise<void> => memoryPlatform().clock.settle();

async function pending({ boot, post }: ReturnType<typeof world>, url = "http://x", as: Subject = agent) {
  const kernel = await boot();
  const error = await kernel.perform(post, { url }, { as }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "APPROVAL_PENDING", retryable: true });
  return { kernel, id: (error as { details: { approval: string } }).details.approval };
}

describe("an approved action", () => {
  test("runs when its requester calls again with the approval, once", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    w.book.approve(id);
    await kernel.perform(w.post, { url: "http://x" }, { as: agent, approval: id });
    expect(w.ran).toHaveLength(1);
    await expect(kernel.perform(w.post, { url: "http://x" }, { as: agent, approval: id })).rejects.toThrow("used");
    expect(w.ran).toHaveLength(1);
    await kernel.shutdown();
  });

  test("waits until its suspended agent is resumed, which had another PID when it asked", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    w.book.approve(id);
    let resume = (): void => undefined;
    const resumed = new Promise<void>((resolve) => {
      resume = resolve;
    });
    w.suspended.set("7", resumed);
    for (let time = 0; time < 2; time += 1) expect(await w.after(id)).toEqual({ next: "awaits-resume" });
    await settle();
    expect(w.ran).toEqual([]);
    w.suspended.clear();
    resume();
    await expect.poll(() => w.book.find(id)?.state).toBe("used");
    expect(w.ran).toEqual([[{ url: "http://x" }, agent]]);
    await kernel.shutdown();
  });

  test("awaits its requester while that process lives", async () => {
    const w = world();
    w.alive.add("7");
    const { kernel, id } = await pending(w);
    w.book.approve(id);
    expect(await w.after(id)).toEqual({ next: "awaits-requester" });
    expect(w.ran).toEqual([]);
    await kernel.shutdown();
  });

  test("is run by the kernel at once when its requester is gone, as it and with its stored rights", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    w.book.approve(id);
    expect(await w.after(id)).toEqual({ next: "ran", outcome: "ok", error: undefined });
    expect(w.ran).toEqual([[{ url: "http://x" }, agent]]);
    expect(w.snapshots).toEqual([{ of: "7" }]);
    expect(w.book.find(id)?.state).toBe("used");
    expect(await w.after(id)).toEqual({ next: "resumed" });
    await kernel.shutdown();
  });

  test("that waits in this kernel is resumed, also between its answer and its run", async () => {
    const w = world();
    const kernel = await w.boot();
    const waiting = kernel.perform(w.post, { url: "http://x" }, { as: agent, onDefer: "wait" });
    await settle();
    w.book.approve("approval-1");
    expect(await w.after("approval-1")).toEqual({ next: "resumed" });
    await waiting;
    expect(w.ran).toHaveLength(1);
    await kernel.shutdown();
  });

  test("runs once at the start of the next kernel, and not at the one after", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    await kernel.shutdown();
    w.book.approve(id);
    const second = await w.boot();
    await settle();
    expect(w.ran).toEqual([[{ url: "http://x" }, agent]]);
    expect(second.logs.tail().map((event) => event.message)).toContain(`net.post, approved as ${id}, ran`);
    await second.shutdown();
    const third = await w.boot();
    await settle();
    expect(w.ran).toHaveLength(1);
    await third.shutdown();
  });

  test("asks the gate again: what the rules deny by now does not run", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    w.book.approve(id);
    w.nowDenied();
    expect(await w.after(id)).toEqual({
      next: "ran",
      outcome: "failed",
      error: expect.stringMatching(/^GOVERNANCE_DENIED: ./),
    });
    expect(w.ran).toEqual([]);
    await kernel.shutdown();
  });

  test("that fails is an outcome, and recorded", async () => {
    const w = world();
    const { kernel, id } = await pending(w, "fail");
    w.book.approve(id);
    expect(await w.after(id)).toEqual({ next: "ran", outcome: "failed", error: "UNKNOWN" });
    expect(w.audit.events.at(-1)).toMatchObject({ kind: "net.post", payload: { outcome: "failed" } });
    await kernel.shutdown();
  });

  test("that means something else by now does not run", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    await kernel.shutdown();
    w.book.approve(id);
    const changed: AnyDefinedAction = { ...w.post, display: () => "send elsewhere" };
    const second = await w.boot([changed]);
    await settle();
    expect(w.ran).toEqual([]);
    expect(w.book.find(id)?.state).toBe("approved");
    await second.shutdown();
  });

  test("that nobody declares any more is told, and stays approved", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    await kernel.shutdown();
    w.book.approve(id);
    const second = await w.boot([]);
    await settle();
    expect(second.logs.tail().map((event) => event.message)).toContain(
      `net.post, approved as ${id}, failed with KERNEL_ACTION_UNKNOWN: the approved action net.post is not declared in this kernel`,
    );
    await second.shutdown();
    const third = await w.boot([], [w.post]);
    await settle();
    expect(w.ran).toHaveLength(1);
    await third.shutdown();
  });

  test("of a principal is run by the kernel too", async () => {
    const w = world();
    const ann: Subject = { kind: "principal", id: "ann", role: "operator" };
    const { kernel, id } = await pending(w, "http://x", ann);
    w.book.approve(id);
    expect(await w.after(id)).toMatchObject({ next: "ran", outcome: "ok" });
    expect(w.ran).toEqual([[{ url: "http://x" }, ann]]);
    await kernel.shutdown();
  });

  test("without a stored input is its caller's to repeat; nothing is left when that process is gone", async () => {
    const w = world();
    const { kernel } = await pending(w);
    const date = defineAction({
      ...w.post,
      ...w.post.declaration,
      input: z.unknown(),
      display: () => "d",
      resource: () => "r",
      attributes: () => ({}),
      run: async () => null,
    });
    const ask = async (as: Subject): Promise<string> => {
      const error = await kernel.perform(date, new Date(0), { as }).catch((thrown) => thrown);
      return (error as { details: { approval: string } }).details.approval;
    };
    const mine = await ask(agent);
    const hers = await ask({ kind: "principal", id: "ann" });
    expect(w.book.find(mine)?.stored).toBe(false);
    for (const id of [mine, hers]) w.book.approve(id);
    expect(await w.after(mine)).toEqual({ next: "none" });
    expect(await w.after(hers)).toEqual({ next: "awaits-requester" });
    await kernel.shutdown();
  });

  test("is nothing while its answer is open", async () => {
    const w = world();
    const { kernel, id } = await pending(w);
    expect(await w.after(id)).toEqual({ next: "none" });
    await kernel.shutdown();
  });
});
