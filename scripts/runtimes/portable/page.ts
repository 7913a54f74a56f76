// What a page hears of failures inside runs. Each program tells what it has given and what the page's listeners have heard.
import { moveOnAfter, run, sleep, sleepForever, until, withTaskGroup } from "holdfast";

/** Listeners of the page: `before` has been there before any run, `after` is added while a run is alive. */
const heard: string[] = [];
const listen = (name: string) => (event: PromiseRejectionEvent) => void heard.push(`${name}: ${event.reason}`);
addEventListener("unhandledrejection", listen("before"));

async function fail(text: string): Promise<void> {
	await sleep(1);
	throw new Error(text);
}

async function forever(): Promise<void> {
	await sleepForever();
}

const programs: Record<string, () => Promise<unknown>> = {
	async unobserved() {
		fail("unobserved");
		await sleepForever();
	},
	async derived() {
		fail("derived").then(() => {});
		await sleepForever();
	},
	async observed() {
		fail("observed").catch(() => {});
		await Promise.allSettled([fail("also observed")]);
		await sleep(20);
	},
	async "observed by foreign code in the same turn"() {
		const promise = fail("foreign");
		Promise.resolve(promise).then(
			() => {},
			() => {},
		);
		await sleep(20);
	},
	async cancelled() {
		await moveOnAfter(1, async () => {
			forever();
			forever().then(() => {});
			await sleepForever();
		});
	},
	async "failed in a group"() {
		await withTaskGroup(async (group) => {
			group.spawn(fail, "grouped");
			await sleepForever();
		});
	},
	async "rejected after its wait was cancelled"() {
		await moveOnAfter(1, () => until(new Promise((_, reject) => setTimeout(reject, 5, new Error("late")))));
		await sleep(30);
	},
	async foreign() {
		Promise.reject(new Error("nobody's"));
		await sleep(30);
	},
};

async function all() {
	const results: Record<string, unknown> = {};
	for (const [name, program] of Object.entries(programs)) {
		heard.length = 0;
		const after = listen("after");
		const reports: string[] = [];
		const ended = run(
			async () => {
				addEventListener("unhandledrejection", after);
				try {
					return await program();
				} finally {
					await sleep(0);
				}
			},
			{ onReport: ({ kind, error }) => void reports.push(`${kind}: ${error}`) },
		);
		const outcome = await ended.then(
			(value) => `gave ${value}`,
			(error) => `threw ${error}`,
		);
		await new Promise((resolve) => setTimeout(resolve, 20));
		removeEventListener("unhandledrejection", after);
		results[name] = { outcome, reports, heard: [...heard] };
	}
	heard.length = 0;
	return results;
}

(globalThis as { pageResult?: unknown }).pageResult = all();
