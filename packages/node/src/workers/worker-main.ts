// What runs in a worker thread: one piece of work at a time, each a run of its own, which ends with all that it has started.
import { type MessagePort, type Transferable, workerData } from "node:worker_threads";
import type { Answer, Order, PackedTarget } from "./messages.ts";
import { Work } from "./work-in-worker.ts";

const { port, setup } = workerData as { port: MessagePort; setup: string | undefined };
/** By the places that the other side has given them. */
const targets: PackedTarget[] = [];
let current: Work | undefined;

const ready: Promise<unknown> = setup === undefined ? Promise.resolve() : import(setup);
let isReady = setup === undefined;
ready.then(() => {
	isReady = true;
});

port.on("message", obey);

function obey(order: Order): void {
	if (typeof order === "string") {
		current?.cancel(order);
		return;
	}
	const [place, args, told, context = [], remaining = Number.POSITIVE_INFINITY] = order;
	if (told !== undefined) targets[place] = told;
	const target = targets[place] as PackedTarget;
	const work = new Work({ kind: "run", target, args, context, remaining }, tell);
	current = work;
	if (isReady) void work.perform(printed);
	else ready.then(() => work.perform(printed));
}

function tell(answer: Answer, transfer: readonly Transferable[] = []): void {
	// An empty list costs as much as a small message.
	if (transfer.length === 0) port.postMessage(answer);
	else port.postMessage(answer, transfer);
}

/** What was printed goes before the answer: the thread may be ended when that is there. */
function printed(): Promise<void> | undefined {
	return process.stdout.writableLength > 0 || process.stderr.writableLength > 0 ? flushed() : undefined;
}

async function flushed(): Promise<void> {
	for (const stream of [process.stdout, process.stderr])
		if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
}
