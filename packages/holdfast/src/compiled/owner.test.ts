import { expect, test } from "vitest";
import { logOf } from "../../test/compile.ts";
import { VirtualLoop } from "../loops/virtual.ts";

const work = `async function work(name, wait = 10) { try { await sleep(wait); log(name); return name; } finally { log(name + " ends"); } }`;

test("a structured function does not end before the tasks it has started", async () => {
	const lines = await logOf(`${work}
		async function owner() { work("a", 10); work("b", 5); log("body"); return "value"; }
		async function main() { log(await owner(), now()); }`);
	expect(lines).toEqual(["body", "b", "b ends", "a", "a ends", "value 10"]);
});

test("in scope mode a function may return before its tasks, which end with the scope", async () => {
	const source = `${work}
		async function owner() { work("a", 10); return "value"; }
		async function main() {
			await withTaskGroup(async () => { log(await owner(), now()); });
			log("group", now());
			owner();
			await moveOnAfter(5, async () => { await owner(); });
			log("left", now());
		}`;
	expect(await logOf(source, { structure: "scope" })).toEqual([
		"value 0",
		"a",
		"a ends",
		"group 10",
		"a ends",
		"left 15",
		"a",
		"a ends",
	]);
});

test("an owner that throws cancels its tasks and waits for their cleanup", async () => {
	const lines = await logOf(`
		async function work() { try { await sleepForever(); } finally { await sleep(5); log("cleaned", now()); } }
		async function owner() { work(); await sleep(10); throw new Error("boom"); }
		async function main() { await owner(); }`);
	expect(lines).toEqual(["cleaned 15", "error Error: boom"]);
});

test("an owner that is cancelled ends its tasks too, before its caller goes on", async () => {
	const lines = await logOf(`${work}
		async function owner() { work("a", 100); await sleep(50); }
		async function main() { await moveOnAfter(10, async () => { await owner(); log("not reached"); }); log("left", now()); }`);
	expect(lines).toEqual(["a ends", "left 10"]);
});

test("an owner that waits for its tasks can be cancelled", async () => {
	const lines = await logOf(`${work}
		async function owner() { work("a", 100); }
		async function main() { await moveOnAfter(10, async () => { await owner(); log("not reached"); }); log("left", now()); }`);
	expect(lines).toEqual(["a ends", "left 10"]);
});

test("nested structured functions each wait for their own", async () => {
	const lines = await logOf(`${work}
		async function inner() { work("inner", 10); log("inner body"); }
		async function outer() { work("outer", 30); await inner(); log("inner done", now()); }
		async function main() { await outer(); log("outer done", now()); }`);
	expect(lines).toEqual(["inner body", "inner", "inner ends", "inner done 10", "outer", "outer ends", "outer done 30"]);
});

test("bare calls within awaited calls belong to the function in which they stand", async () => {
	const lines = await logOf(`${work}
		async function inner() { await checkpoint(); work("inner", 10); await checkpoint(); }
		async function main() {
			work("main", 5);
			await inner();
			log("inner done", now());
			work("late", 5);
		}`);
	expect(lines).toEqual(["main", "main ends", "inner", "inner ends", "inner done 10", "late", "late ends"]);
});

test("a bare call inside a scope of a structured function belongs to that scope", async () => {
	const lines = await logOf(`${work}
		async function main() {
			const value = await moveOnAfter(5, async () => { work("a", 100); return "body"; });
			log("left", value, now());
			await withTaskGroup(async (group) => { work("b", 5); });
			log("left", now());
		}`);
	expect(lines).toEqual(["a ends", "left undefined 5", "b", "b ends", "left 10"]);
});

test("a bare call inside finally is cleanup too, and is waited for", async () => {
	const lines = await logOf(`${work}
		async function main() {
			await moveOnAfter(10, async () => {
				await owner();
			});
			log("left", now());
		}
		async function owner() { try { await sleepForever(); } finally { work("flush", 5); log("finally"); } }`);
	expect(lines).toEqual(["finally", "flush", "flush ends", "left 15"]);
});

test("late callbacks of timers belong to the activation that made them, while it is open", async () => {
	const loop = new VirtualLoop();
	const lines = await logOf(
		`${work}
		async function owner() {
			timer(async () => { await work("late", 50); });
			await sleep(20);
			log("body", now());
		}
		async function main() { await owner(); log("owner done", now()); }`,
		{ run: { loop }, scope: { timer: (fn: () => void) => loop.callAt(10, fn) } },
	);
	expect(lines).toEqual(["body 20", "late", "late ends", "owner done 60"]);
});

test("a late callback whose activation has ended runs under a root of its own", async () => {
	const saved: { fn?: () => Promise<unknown> } = {};
	const lines = await logOf(
		`
		async function owner() { saved.fn = async () => { await checkpoint(); return "on its own"; }; }
		async function main() { await owner(); }`,
		{ scope: { saved } },
	);
	expect(lines).toEqual([]);
	expect(await saved.fn?.()).toBe("on its own");
});

test("with a frame on the stack the caller owns", async () => {
	const lines = await logOf(`${work}
		async function main() {
			let callback;
			async function maker() { callback = async () => { await work("called", 10); }; }
			await maker();
			async function caller() { callback(); }
			await caller();
			log("caller done", now());
		}`);
	expect(lines).toEqual(["called", "called ends", "caller done 10"]);
});

test("a cancelled task ends what its function owns, although it stands in the middle of a scope", async () => {
	const lines = await logOf(`${work}
		async function owner() { work("owned", 100); await withTimeout(1_000, async () => { work("in the timeout", 100); await sleepForever(); }); }
		async function main() {
			const task = owner();
			await sleep(5);
			taskOf(task).cancel();
			try { await task; } catch ({ name }) { log(name, now()); }
		}`);
	expect(lines.sort()).toEqual(["TaskCancelledError 5", "in the timeout ends", "owned ends"].sort());
});

test("the losers of a race are cancelled when the owner ends, not before", async () => {
	const lines = await logOf(`${work}
		async function owner() { const first = await Promise.race([work("quick", 5), work("slow", 1_000)]); log("won", first); await sleep(5); log("body", now()); }
		async function main() { await owner(); log("done", now()); }`);
	expect(lines).toEqual(["quick", "quick ends", "won quick", "body 10", "slow ends", "done 10"]);
});

test("a loser that is awaited after the race gives its value", async () => {
	const lines = await logOf(`${work}
		async function main() { const slow = work("slow", 50); await Promise.race([slow, sleep(5)]); log(await slow, now()); }`);
	expect(lines).toEqual(["slow", "slow ends", "slow 50"]);
});

test("a race that is decided while its owner waits at the end makes losers then", async () => {
	const lines = await logOf(`${work}
		async function owner() { Promise.race([work("quick", 5), work("slow", 1_000)]); }
		async function main() { await owner(); log("done", now()); }`);
	expect(lines).toEqual(["quick", "quick ends", "slow ends", "done 5"]);
});

test("the siblings in a Promise.all that has failed, and the rest of a decided Promise.any, have lost", async () => {
	const lines = await logOf(`${work}
		async function fail() { await sleep(5); throw new Error("boom"); }
		async function all() { try { await Promise.all([fail(), work("of all", 1_000)]); } catch (error) { log(error.message); } }
		async function any() { log(await Promise.any([work("quick", 5), work("of any", 1_000)])); }
		async function main() { await all(); log("all done", now()); await any(); log("any done", now()); }`);
	expect(lines).toEqual([
		"boom",
		"of all ends",
		"all done 5",
		"quick",
		"quick ends",
		"quick",
		"of any ends",
		"any done 10",
	]);
});

test("items.map with an async arrow is structured: all are waited for", async () => {
	const lines = await logOf(`
		async function main() {
			const values = await Promise.all([3, 1, 2].map(async (x) => { await sleep(x); log(x); return x * 2; }));
			log(values);
			[5, 4].forEach(async (x) => { await sleep(x); log(x); });
		}`);
	expect(lines).toEqual(["1", "2", "3", "6,2,4", "4", "5"]);
});

test("a task starts at once, up to its first suspension", async () => {
	const lines = await logOf(`
		async function work() { log("begins"); await checkpoint(); log("goes on"); }
		async function main() { work(); log("after the call"); await checkpoint(); await checkpoint(); log("end"); }`);
	expect(lines).toEqual(["begins", "after the call", "goes on", "end"]);
});

test("use scope is the opposite of structured, per function", async () => {
	const lines = await logOf(`${work}
		async function loose() { "use scope"; work("a", 10); return "returned at once"; }
		async function main() { log(await loose(), now()); }`);
	expect(lines).toEqual(["returned at once 0", "a", "a ends"]);
});

test("a started task owns and cleans up as before when it has moved to the group", async () => {
	const lines = await logOf(`${work}
		async function serve(started) {
			started(7);
			onExit(() => log("exit", now()));
			work("late", 3);
			await sleep(1);
			log("served", now());
		}
		async function main() {
			await withTaskGroup(async (group) => { log("started", await group.start(serve)); });
			log("group", now());
		}`);
	expect(lines).toEqual(["started 7", "served 1", "late", "late ends", "exit 3", "group 3"]);
});

test("what then, catch and finally give stands for its task in a race, wherever it was made, and so does an inner race", async () => {
	const lines = await logOf(`
		async function slow(name) { try { await sleep(1_000); } finally { log(name, "stopped", now()); } }
		const rescued = (name) => slow(name).catch(() => name);
		async function owner() {
			const before = slow("variable").then((x) => x).finally(() => {});
			log(await Promise.race([before, slow("inline").catch(() => {}), rescued("helper"), ...["mapped"].map((x) => slow(x).finally(() => {})), Promise.all([slow("all"), 1]), sleep(5)]));
			log("body", now());
		}
		async function main() { await owner(); log("done", now()); }`);
	expect(lines.slice(0, 2)).toEqual(["undefined", "body 5"]);
	expect(lines.slice(2, -1).sort()).toEqual(
		["all", "helper", "inline", "mapped", "variable"].map((name) => `${name} stopped 5`),
	);
	expect(lines.at(-1)).toBe("done 5");
});

test("a handler of a loser hears that it was cancelled", async () => {
	const lines = await logOf(`
		async function slow() { await sleep(1_000); }
		async function owner() { await Promise.race([slow().catch(({ name }) => log(name)), sleep(5)]); }
		async function main() { await owner(); log("done", now()); }`);
	expect(lines.sort()).toEqual(["TaskCancelledError", "done 5"]);
});

test("a derived promise whose task is wanted after the race gives its value", async () => {
	const lines = await logOf(`${work}
		async function main() { const slow = work("slow", 50).then((x) => x + "!"); await Promise.race([slow, sleep(5)]); log(await slow, now()); }`);
	expect(lines).toEqual(["slow", "slow ends", "slow! 50"]);
});

test("calls named then, catch and finally of other things are made as they are", async () => {
	const lines = await logOf(`
		const other = { then(...args) { return [this === other, ...args].join(); }, catch: 5 };
		async function main() {
			await Promise.all([]);
			log(other.then(1, 2)); log(other?.then(3)); const none = null; log(none?.catch(4));
			try { other.catch(1); } catch (error) { log(error.constructor.name); }
			try { none.finally(() => {}); } catch (error) { log(error.constructor.name); }
		}`);
	expect(lines).toEqual(["true,1,2", "true,3", "undefined", "TypeError", "TypeError"]);
});

test("in Promise.all a failure that its entry has handled makes nobody a loser", async () => {
	const lines = await logOf(`${work}
		async function bad() { await sleep(1); throw new Error("handled"); }
		async function owner() { Promise.all([bad().catch(() => "mended"), work("other", 20).finally(() => {})]); await sleep(5); log("body", now()); }
		async function main() { await owner(); log("done", now()); }`);
	expect(lines).toEqual(["body 5", "other", "other ends", "done 20"]);
});

test("what was started in a finally can be cancelled alone: a loser of a race, and a task in the middle of a scope", async () => {
	const lines = await logOf(`
		async function forever(name) {
			try { await sleepForever(); } finally { try { await sleep(2); } finally { log(name, "ended", now()); } }
		}
		async function inner(name) {
			try { await withCancelScope(async () => { await forever(name); log("not reached"); }); } finally { log(name, "left"); }
			log("not reached");
		}
		async function work() {
			try { await sleepForever(); } finally {
				log("decided", await Promise.race([1, forever("loser")]));
				const task = inner("deep");
				taskOf(task).cancel();
				try { await task; } catch (error) { log(error.name); }
			}
		}
		async function main() {
			await moveOnAfter(5, work);
			log("done", now());
		}`);
	expect(lines).toEqual(["decided 1", "deep ended 7", "deep left", "TaskCancelledError", "loser ended 9", "done 9"]);
});

test("a task that was started in a finally is protected from the cancellation outside after it was cancelled alone", async () => {
	const lines = await logOf(`
		async function careful() {
			try { await sleepForever(); } finally { await sleep(3); log("cleaned", now()); }
		}
		async function work(scope) {
			try { await checkpoint(); } finally {
				const task = careful();
				taskOf(task).cancel();
				scope.cancel();
				try { await task; } catch (error) { log(error.name); }
				await sleep(1);
				log("goes on", now());
			}
			await checkpoint();
			log("not reached");
		}
		async function main() { await withCancelScope(work); log("done"); }`);
	expect(lines).toEqual(["cleaned 3", "TaskCancelledError", "goes on 4", "done"]);
});
