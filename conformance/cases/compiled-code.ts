// `await f()` is a call, `f()` is a task. Here functions have the directive where their owner matters.
import { moveOnAfter, sleep, sleepForever } from "holdfast";
import { equal, same, test } from "../harness.ts";

const failing = async (error: unknown, milliseconds: number): Promise<never> => {
	await sleep(milliseconds);
	throw error;
};

test(
	"HF-STR-20",
	"in compiled code catch never sees Cancelled",
	async () => {
		const log: string[] = [];
		const catching = async (): Promise<void> => {
			for (;;) {
				try {
					try {
						await sleepForever();
					} catch {
						log.push("not reached: inner catch");
					}
					log.push("not reached: between");
				} catch (error) {
					log.push(`not reached: outer catch ${error}`);
				} finally {
					log.push("finally");
				}
				log.push("not reached: after");
			}
		};
		await moveOnAfter(5, catching);
		equal(log, ["finally"]);
	},
	{ compiledOnly: "in a generator catch sees Cancelled" },
);

test(
	"HF-STR-21",
	"in compiled code catch sees an AbortError of foreign code, and errors that cleanup throws in a cancelled scope",
	async () => {
		const log: string[] = [];
		const foreign = new DOMException("foreign", "AbortError");
		try {
			await Promise.reject(foreign);
		} catch (error) {
			same(error, foreign);
			log.push("foreign");
		}
		const own = new Error("own");
		await moveOnAfter(5, async () => {
			try {
				await sleepForever();
			} finally {
				try {
					await failing(own, 1);
				} catch (error) {
					same(error, own);
					log.push("own");
				}
			}
		});
		equal(log, ["foreign", "own"]);
	},
	{ compiledOnly: "about catch and finally of compiled code" },
);

test(
	"HF-STR-22",
	"in compiled code return, break and continue in a finally do not stop a cancellation",
	async () => {
		const log: string[] = [];
		const returning = async (): Promise<string> => {
			try {
				await sleepForever();
			} finally {
				log.push("return");
				// biome-ignore lint/correctness/noUnsafeFinally: the case is about it.
				return "value";
			}
		};
		const leaving = async (how: "break" | "continue"): Promise<void> => {
			for (let i = 0; i < 3; i++) {
				try {
					await sleepForever();
				} finally {
					log.push(how);
					// biome-ignore lint/correctness/noUnsafeFinally: the case is about it.
					if (how === "break") break;
				}
			}
			log.push("not reached: after the loop");
		};
		for (const stubborn of [returning, () => leaving("break"), () => leaving("continue")]) {
			await moveOnAfter(5, async () => {
				await stubborn();
				log.push("not reached: caller");
			});
		}
		equal(log, ["return", "break", "continue"]);
	},
	{ compiledOnly: "about finally of compiled code" },
);
