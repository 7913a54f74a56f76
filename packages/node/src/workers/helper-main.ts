// What runs in the helper thread of synchronous runs: any number of calls at once, each a run of its own.
import { type MessagePort, type Transferable, workerData } from "node:worker_threads";
import { exec } from "../exec.ts";
import { execPipeline } from "../exec-pipeline.ts";
import { fetchWhole } from "../http/fetch-whole.ts";
import type { HelperAnswer, HelperOrder } from "./messages.ts";
import { packError } from "./packed-error.ts";
import { type Builtins, Work } from "./work-in-worker.ts";

const { port } = workerData as { port: MessagePort };
const BUILTINS = { exec, execPipeline, fetch: fetchWhole } as unknown as Builtins;

interface Call {
	readonly work: Work;
	readonly bell: Int32Array<SharedArrayBuffer>;
}

const calls: Map<number, Call> = new Map();
let failure: { readonly error: unknown } | undefined;

port.postMessage({ id: 0 } satisfies HelperAnswer);
port.on("message", (order: HelperOrder) => {
	const { id } = order;
	if (order.kind === "cancel") {
		calls.get(id)?.work.cancel(order.text);
		return;
	}
	const { bell } = order;
	const work = new Work(
		order,
		(answer, transfer) => {
			say(bell, { id, answer }, transfer);
			if (answer.kind !== "report") calls.delete(id);
		},
		BUILTINS,
	);
	calls.set(id, { work, bell });
	void work.perform();
});

/** The thread that waits hears of nothing but what is rung for: not even of the end of this one. */
process.on("uncaughtExceptionMonitor", (error) => {
	failure = { error };
});
process.on("exit", (exitCode) => {
	for (const [id, { bell }] of calls) {
		const error = failure === undefined ? undefined : packError(failure.error);
		say(bell, { id, answer: { kind: "died", exitCode, ...(error !== undefined && { error }) } });
	}
});

function say(bell: Int32Array<SharedArrayBuffer>, answer: HelperAnswer, transfer: readonly Transferable[] = []): void {
	port.postMessage(answer, transfer);
	Atomics.add(bell, 0, 1);
	Atomics.notify(bell, 0);
}
