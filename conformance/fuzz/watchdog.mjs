/** A compiled program that loops without end blocks this thread: the watchdog's thread names the program and ends all. */
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const limit = 60_000;

/** Gives a function to call with the number of the program that is about to run. */
export function startWatchdog(describe) {
	const shared = new Int32Array(new SharedArrayBuffer(8));
	const worker = new Worker(new URL(import.meta.url), { workerData: { shared, describe } });
	worker.unref();
	return (number) => {
		Atomics.store(shared, 0, number);
		Atomics.add(shared, 1, 1);
	};
}

if (!isMainThread && workerData?.shared !== undefined) {
	const { shared, describe } = workerData;
	let beats = -1;
	let since = performance.now();
	setInterval(() => {
		const now = Atomics.load(shared, 1);
		if (now !== beats) {
			beats = now;
			since = performance.now();
		} else if (performance.now() - since > limit) {
			writeSync(
				1,
				`\n${describe.replace("%", String(Atomics.load(shared, 0)))} does not end\nfuzz: 1 programs, 1 differences\n`,
			);
			process.kill(process.pid, "SIGKILL");
		}
	}, 1000);
}
