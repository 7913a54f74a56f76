// A worker thread that waits synchronously.
import { parentPort } from "node:worker_threads";
import { runSync } from "holdfast";
import { callByName } from "../src/workers.ts";

const module = new URL("./worker-module.ts", import.meta.url);
parentPort?.postMessage(runSync(() => callByName({ module, export: "addNatively", arguments: [1, 2] })));
