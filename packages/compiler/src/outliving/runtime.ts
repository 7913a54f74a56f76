// `@holdfast/compiler/outliving`: what marked code imports. One recorder per process, whatever copies there are.
import { describeRecords, OutlivingRecorder } from "./recorder.ts";

const key: unique symbol = Symbol.for("holdfast.outliving");

function start(): OutlivingRecorder {
	const recorder = new OutlivingRecorder();
	process.on("exit", () => process.stderr.write(describeRecords(recorder)));
	return recorder;
}

const place = globalThis as { [key]?: OutlivingRecorder };
place[key] ??= start();

/** Notes which tasks outlive the function that started them, and says so when the process ends. */
export const outliving: OutlivingRecorder = place[key];
