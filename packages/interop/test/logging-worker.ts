import { shareWithWorkers } from "@holdfast/node";
import { ContextVar, coroutine, sleep } from "holdfast";
import { pino } from "pino";

export const requestId: ContextVar<string> = new ContextVar<string>("pino's requestId", { default: "none" });
shareWithWorkers(requestId);

/** The line that is logged in the worker, after a wait. */
export const logged = coroutine(function* (text: string) {
	const lines: string[] = [];
	const log = pino(
		{ base: null, timestamp: false, mixin: () => ({ requestId: requestId.get() }) },
		{ write: (line) => void lines.push(line) },
	);
	yield* sleep(1);
	log.info(text);
	return lines.join("");
});
