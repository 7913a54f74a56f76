// `@holdfast/compiler/outliving`: what marked code imports. One recorder per process, whatever copies there are.
import { appendFileSync, writeSync } from "node:fs";
import { describeRecords, OutlivingRecorder } from "./recorder.ts";

const key: unique symbol = Symbol.for("holdfast.outliving");

function start(): OutlivingRecorder {
	const recorder = new OutlivingRecorder();
	process.on("exit", () => {
		try {
			tell(recorder);
		} catch {
			// Nobody reads it.
		}
	});
	// Vitest ends its workers by a signal.
	if (process.env.VITEST !== undefined) process.once("SIGTERM", () => process.exit(143));
	return recorder;
}

/** To the standard error, at once: what a test runner does with the streams of a worker is its own affair. Or to a file. */
function tell(recorder: OutlivingRecorder): void {
	const { HOLDFAST_OUTLIVING: where = "1" } = process.env;
	if (where === "1") writeSync(2, describeRecords(recorder));
	else if (recorder.records.length > 0) appendFileSync(where, `${describeRecords(recorder)}\n`);
}

const place = globalThis as { [key]?: OutlivingRecorder };
place[key] ??= start();

/** Notes which tasks outlive the function that started them, and says so when the process ends. */
export const outliving: OutlivingRecorder = place[key];
