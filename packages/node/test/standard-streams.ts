// Prints through sinks, some of them aborted, and reads its input for a moment: both stay what they were.
import { moveOnAfter, run, sleepForever } from "holdfast";
import { pipe } from "holdfast/streams";
import { fromNodeReadable, fromNodeWritable } from "../src/index.ts";

const before = process.stdout.listenerCount("error");
await run(function* () {
	for (let count = 0; count < 20; count++) yield* pipe([`${count} `], fromNodeWritable(process.stdout));
	yield* moveOnAfter(1, function* () {
		yield* fromNodeWritable(process.stdout).send("aborted ");
		yield* sleepForever();
	});
	// Somebody holds the other end of it, and says nothing.
	yield* moveOnAfter(1, () => fromNodeReadable(process.stdin).next());
});
console.log("printed", process.stdout.listenerCount("error") - before);
