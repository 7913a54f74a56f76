// What runs in a worker thread: one piece of work at a time, each a run of its own, which ends with all that it has started.
import { type MessagePort, type Transferable, workerData } from "node:worker_threads";
import type { Answer, Order } from "./messages.ts";
import { Work } from "./work-in-worker.ts";

const { port, setup } = workerData as { port: MessagePort; setup: string | undefined };
let current: Work | undefined;

const ready: Promise<unknown> = setup === undefined ? Promise.resolve() : import(setup);

port.on("message", (order: Order) => {
	if (order.kind === "run") {
		const work = new Work(order, tell);
		current = work;
		ready.then(() => work.perform(printed));
	} else current?.cancel(order.text);
});

function tell(answer: Answer, transfer: readonly Transferable[] = []): void {
	port.postMessage(answer, transfer);
}

/** What was printed goes before the answer: the thread may be ended when that is there. */
async function printed(): Promise<void> {
	for (const stream of [process.stdout, process.stderr])
		if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
}
