import { expect, test } from "vitest";
import { logOf } from "../../test/compile.ts";

test("catch never sees a cancellation; finally runs, and may wait", async () => {
	const lines = await logOf(`
		async function work() {
			try { await sleepForever(); log("not reached"); }
			catch { log("caught"); }
			finally { await sleep(5); log("finally", now()); }
			log("not reached");
		}
		async function main() {
			await moveOnAfter(10, async () => { await work(); log("not reached"); });
			log("left", now());
		}`);
	expect(lines).toEqual(["finally 15", "left 15"]);
});

test("catch sees everything else, a foreign AbortError and a TimeoutError too", async () => {
	const lines = await logOf(`
		async function main() {
			try { throw new DOMException("foreign", "AbortError"); } catch (error) { log(error.message); }
			try { await withTimeout(5, () => sleepForever()); } catch ({ name }) { log(name); }
			const task = (async () => { await sleepForever(); })();
			taskOf(task).cancel();
			try { await task; } catch (error) { log(error.name); }
			try { await Promise.reject(5); } catch { log("five"); }
		}`);
	expect(lines).toEqual(["foreign", "TimeoutError", "TaskCancelledError", "five"]);
});

test("a cancellation that is kept and thrown where nothing is cancelled is an ordinary error", async () => {
	const lines = await logOf(
		`
		async function main() {
			try { throw keep.cancelled; } catch (error) { log("caught", error === keep.cancelled); }
		}`,
		{ scope: { keep: await keptCancellation() } },
	);
	expect(lines).toEqual(["caught true"]);
});

test("return, break and continue in finally do not stop a cancellation", async () => {
	for (const leave of ["return 'kept';", "break;", "continue;"]) {
		const lines = await logOf(`
			async function work() {
				for (let turn = 0; turn < 3; turn++) {
					try { await sleepForever(); } finally { log("finally"); ${leave} }
				}
				log("not reached");
			}
			async function main() { await moveOnAfter(5, async () => { await work(); log("not reached"); }); }`);
		expect(lines, leave).toEqual(["finally"]);
	}
});

test("return in finally does replace an ordinary error, as in the language", async () => {
	const lines = await logOf(`
		async function work() { try { throw new Error("boom"); } finally { await sleep(1); return "kept"; } }
		async function main() { return await work(); }`);
	expect(lines).toEqual(["value kept"]);
});

test("the waits of finally are cut when the grace has passed", async () => {
	const lines = await logOf(
		`
		async function main() {
			try {
				await moveOnAfter(10, async () => {
					try { await sleepForever(); }
					finally {
						try { await sleep(30); log("once", now()); await sleep(30); log("not reached"); }
						finally { log("cut", now()); await sleep(1); log("not reached"); }
					}
				});
			} finally { log("left", now()); }
		}`,
		{ run: { grace: 50 } },
	);
	expect(lines).toEqual(["once 40", "cut 60", "left 60"]);
});

test("an error in finally wins over the cancellation", async () => {
	const lines = await logOf(`
		async function main() {
			try {
				await withTimeout(5, async () => { try { await sleepForever(); } finally { await sleep(1); throw new Error("cleanup"); } });
			} catch (error) { log(error.message, suppressedErrors(error).map((it) => it.name)); }
		}`);
	expect(lines).toEqual(["cleanup TimeoutError"]);
});

test("a cancellation during cleanup that was begun for another reason waits for the end of it", async () => {
	const lines = await logOf(`
		async function main() {
			await moveOnAfter(10, async () => {
				try { log("work"); }
				finally { await sleep(20); log("cleaned", now()); }
				await checkpoint();
				log("not reached");
			});
		}`);
	expect(lines).toEqual(["work", "cleaned 20"]);
});

test("the protection of finally ends where the block ends, also by an error that is caught", async () => {
	const lines = await logOf(`
		async function main() {
			await moveOnAfter(10, async () => {
				try {
					try { await sleep(1); } finally { await sleep(1); throw new Error("boom"); }
				} catch (error) { log(error.message); }
				await sleepForever();
				log("not reached");
			});
			log("left", now());
		}`);
	expect(lines).toEqual(["boom", "left 10"]);
});

test("calls out of finally are protected, scopes in it have their own limits", async () => {
	const lines = await logOf(`
		async function close() { await sleep(5); log("closed", now()); await moveOnAfter(5, async () => { await sleepForever(); }); log("gave up", now()); }
		async function main() {
			await moveOnAfter(10, async () => { try { await sleepForever(); } finally { await close(); } });
		}`);
	expect(lines).toEqual(["closed 15", "gave up 20"]);
});

test("a cancelled scope cannot be survived by a loop around try", async () => {
	const lines = await logOf(`
		async function main() {
			await moveOnAfter(5, async () => {
				for (;;) { try { await sleep(2); log("turn"); } catch { log("caught"); } }
			});
			log("left", now());
		}`);
	expect(lines).toEqual(["turn", "turn", "left 5"]);
});

test("an error passes many frames as the same object, after every finally", async () => {
	const lines = await logOf(`
		const boom = new Error("boom");
		async function nest(depth) { try { if (depth === 0) { await sleep(1); throw boom; } await nest(depth - 1); } finally { log(depth); } }
		async function main() { try { await nest(3); } catch (error) { log(error === boom); } }`);
	expect(lines).toEqual(["0", "1", "2", "3", "true"]);
});

test("an error of finally and the error that led there are both kept", async () => {
	const lines = await logOf(`
		async function main() {
			try {
				try { throw new Error("work"); } finally { await sleep(1); throw new Error("cleanup"); }
			} catch (error) { log([error, ...suppressedErrors(error)].map((it) => it.message).sort()); }
		}`);
	expect(lines).toEqual(["cleanup,work"]);
});

async function keptCancellation(): Promise<{ cancelled: unknown }> {
	const keep = { cancelled: undefined as unknown };
	const { run } = await import("../run.ts");
	const { withCancelScope } = await import("../scopes.ts");
	const { checkpoint } = await import("../sleep.ts");
	await run(() =>
		withCancelScope(function* (scope) {
			scope.cancel();
			try {
				yield* checkpoint();
			} catch (error) {
				keep.cancelled = error;
			}
		}),
	);
	return keep;
}

test("on its way out a cancellation passes every finally once, no catch, and nothing between them", async () => {
	const lines = await logOf(`
		const note = (...words) => log(...words);
		async function work() {
			outer: for (const turn of [1, 2]) {
				try {
					for (let inner = 0; inner < 2; inner++) {
						try {
							try {
								try { await sleepForever(); note("not reached"); } catch { note("caught"); }
								note("not reached");
							} finally { note("innermost", turn, inner); }
							continue outer;
						} catch { note("caught"); }
						finally { await sleep(1); note("waits", now()); }
					}
				} finally { log.length; }
				note("not reached");
			}
		}
		async function main() {
			await moveOnAfter(5, async () => {
				try { await work(); note("not reached"); } finally { note("around"); }
				note("not reached");
			});
			log("left", now());
		}`);
	expect(lines).toEqual(["innermost 1 0", "waits 6", "around", "left 6"]);
});

test("an error of a finally goes on in place of the cancellation that led there, and a catch around it sees it", async () => {
	const lines = await logOf(`
		async function work() {
			try {
				try { await sleepForever(); } finally { log.missing.there; }
				log("not reached");
			} catch (error) { log("caught", error.name); }
			finally { log("finally"); }
			log("goes on");
			try { await checkpoint(); } finally { log("stopped again"); }
			log("not reached");
		}
		async function main() { await moveOnAfter(5, work); log("left"); }`);
	expect(lines).toEqual(["caught TypeError", "finally", "goes on", "stopped again", "left"]);
});

test("a cancellation closes the iterator of a loop on its way out, and what that throws does not replace it", async () => {
	const lines = await logOf(`
		async function work() {
			const walked = {
				[Symbol.iterator]: () => ({
					next: () => ({ value: 1, done: false }),
					return() { log("closed"); throw new Error("lost"); },
				}),
			};
			try {
				for (const turn of walked) { try { await sleepForever(); } finally { log("finally", turn); } }
				log("not reached");
			} catch (error) { log("caught", error.message); }
			finally { log("around"); }
			log("not reached");
		}
		async function main() { await moveOnAfter(5, work); log("left"); }`);
	expect(lines).toEqual(["finally 1", "closed", "around", "left"]);
});

test("a function whose cancellation is caught further out can be entered and left again", async () => {
	const lines = await logOf(`
		async function work(turn) {
			try { await sleep(turn); log("done", turn); } finally { log("finally", turn); }
			try { await sleep(1); } finally { log("second", turn); }
		}
		async function main() { for (const turn of [1, 9, 2]) await moveOnAfter(5, () => work(turn)); }`);
	expect(lines).toEqual(["done 1", "finally 1", "second 1", "finally 9", "done 2", "finally 2", "second 2"]);
});
