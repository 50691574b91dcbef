// The least that a worker thread can be: it says that it runs, and waits.
import { parentPort } from "node:worker_threads";

parentPort.on("message", () => {});
parentPort.postMessage("ready");
