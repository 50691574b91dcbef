/** What runs in the worker thread of a verification: examines the stretches that it is sent, one after the other. */
import { parentPort, workerData } from "node:worker_threads";
import type { ExamineAnswered, ExamineAsked, ExamineStart } from "./threads/worker-helper.ts";
import { examineStretch } from "./verify/examine-stretch.ts";

// Sent by the thread of this very package.
const { port } = workerData as ExamineStart;
port.on("message", ({ stretch, watch }: ExamineAsked) => {
  const answer: ExamineAnswered = { report: examineStretch(stretch, watch), stretch };
  port.postMessage(answer, [stretch.events.buffer as ArrayBuffer, stretch.content.buffer as ArrayBuffer]);
});
parentPort?.postMessage("ready");
