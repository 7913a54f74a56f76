// `@holdfast/compiler/outliving`: what marked code imports. One recorder per process, whatever copies there are.
import { writeSync } from "node:fs";
import { describeRecords, OutlivingRecorder } from "./recorder.ts";

const key: unique symbol = Symbol.for("holdfast.outliving");

function start(): OutlivingRecorder {
	const recorder = new OutlivingRecorder();
	// What a test runner does with the streams of a worker that ends is its own affair: this goes out at once.
	process.on("exit", () => {
		try {
			writeSync(2, describeRecords(recorder));
		} catch {
			// Nobody reads it.
		}
	});
	// Vitest ends its workers by a signal.
	if (process.env.VITEST !== undefined) process.once("SIGTERM", () => process.exit(143));
	return recorder;
}

const place = globalThis as { [key]?: OutlivingRecorder };
place[key] ??= start();

/** Notes which tasks outlive the function that started them, and says so when the process ends. */
export const outliving: OutlivingRecorder = place[key];
