// A program with a child, ended by SIGINT: its exit code is 130, and the child is gone.
import { spawnProcess } from "@holdfast/node";
import { InterruptedError, run, sleepForever } from "holdfast";

try {
	await run(
		function* () {
			const child = yield* spawnProcess("sleep", ["60"], { stdin: "ignore" });
			console.log(child.pid);
			try {
				yield* sleepForever();
			} finally {
				console.log("cleaned up");
			}
		},
		{ signals: true },
	);
} catch (error) {
	if (!(error instanceof InterruptedError)) throw error;
	process.exitCode = 130;
}
