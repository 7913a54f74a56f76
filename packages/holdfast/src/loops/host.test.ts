import { afterEach, expect, test, vi } from "vitest";
import { runChild } from "../../test/child.ts";
import { run } from "../run.ts";
import { withTimeout } from "../scopes.ts";
import { sleep } from "../sleep.ts";
import { hostLoop } from "./host.ts";

afterEach(() => {
	vi.useRealTimers();
});

test("now never goes back", () => {
	const loop = hostLoop();
	const first = loop.now();
	expect(loop.now()).toBeGreaterThanOrEqual(first);
});

test("callSoon is a microtask, first come, first served", async () => {
	const loop = hostLoop();
	const log: string[] = [];
	setImmediate(() => log.push("macrotask"));
	loop.callSoon(() => log.push("a"));
	loop.callSoon(() => log.push("b"));
	expect(log).toEqual([]);
	await new Promise((resolve) => setImmediate(resolve));
	expect(log).toEqual(["a", "b", "macrotask"]);
});

test("in workerd it is a job that was made in the run's own request, in the same order", async () => {
	vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
	const loop = hostLoop();
	vi.unstubAllGlobals();
	const log: string[] = [];
	for (const round of [1, 2]) {
		loop.callSoon(() => {
			log.push(`a${round}`);
			loop.callSoon(() => log.push(`c${round}`));
		});
		loop.callSoon(() => log.push(`b${round}`));
		expect(log).toHaveLength(3 * (round - 1));
		await new Promise((resolve) => setImmediate(resolve));
	}
	expect(log).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"]);
	expect(await run(() => sleep(1).then(() => "slept"), { loop })).toBe("slept");
});

test("yieldToHost lets timers and I/O callbacks have their turn", async () => {
	const log: string[] = [];
	setImmediate(() => log.push("host"));
	await new Promise<void>((resolve) =>
		hostLoop().yieldToHost?.(() => {
			log.push("loop");
			resolve();
		}),
	);
	expect(log).toEqual(["host", "loop"]);
});

test("callAt never calls early, though the host's timers count in milliseconds of their own", async () => {
	const loop = hostLoop();
	for (let time = 0; time < 5; time++) {
		const when = loop.now() + 0.3 + time / 10;
		await new Promise<void>((resolve) => loop.callAt(when, resolve));
		expect(loop.now()).toBeGreaterThanOrEqual(when);
	}
});

test("callAt in the past calls soon, and never before it returns", async () => {
	const loop = hostLoop();
	let called = false;
	await new Promise<void>((resolve) => {
		loop.callAt(loop.now() - 1_000, () => {
			called = true;
			resolve();
		});
		expect(called).toBe(false);
	});
});

test("the host's functions are read when the run starts, so that fake timers work", async () => {
	vi.useFakeTimers();
	const result = run(() => sleep(60_000).then(() => "slept"));
	await vi.advanceTimersByTimeAsync(60_001);
	expect(await result).toBe("slept");
});

test("delays beyond 2^31-1 ms do not fire at once", async () => {
	vi.useFakeTimers();
	const day = 86_400_000;
	let done = false;
	const result = run(() => sleep(30 * day)).then(() => {
		done = true;
	});
	await vi.advanceTimersByTimeAsync(29 * day);
	expect(done).toBe(false);
	await vi.advanceTimersByTimeAsync(2 * day);
	await result;
	expect(done).toBe(true);
});

test("one timer of the host serves all deadlines, and none is left after the run", async () => {
	vi.useFakeTimers();
	const counts: number[] = [];
	const result = run(function* () {
		yield* withTimeout(100_000, function* () {
			for (let depth = 0; depth < 3; depth++) {
				counts.push(vi.getTimerCount());
				yield* sleep(10);
			}
		});
	});
	await vi.advanceTimersByTimeAsync(100);
	await result;
	expect(counts.every((count) => count <= 1)).toBe(true);
	expect(vi.getTimerCount()).toBe(0);
});

test("a process that would exit while main is unfinished gets a DeadlockError with the tasks, after cleanup", async () => {
	const { stdout, code } = await runChild(`
		import { run, sleepForever, cleanup, sleep, withTaskGroup } from "holdfast";
		try {
			await run(() => withTaskGroup((group) => {
				group.spawnWith({ name: "reader" }, function* () { try { yield* sleepForever(); } finally { yield* cleanup(() => sleep(1)); console.log("cleaned"); } });
			}), { name: "job" });
		} catch (error) { console.log(error.name, error.message.split("\\n").length > 1); console.log(/job › reader: waits for sleepForever/.test(error.message)); }`);
	expect(stdout).toBe("cleaned\nDeadlockError true\ntrue\n");
	expect(code).toBe(0);
});

test("many runs at once listen once", async () => {
	const count = () => process.listenerCount("beforeExit");
	const before = count();
	const runs = Array.from({ length: 50 }, () => run(() => sleep(1)));
	expect(count()).toBe(before + 1);
	await Promise.all(runs);
	expect(count()).toBe(before);
});

test("an open handle of the host is no deadlock", async () => {
	const { stdout } = await runChild(`
		import { run, suspend } from "holdfast";
		console.log(await run(() => suspend((resume) => void setTimeout(resume, 20, "woken"))));`);
	expect(stdout).toBe("woken\n");
});

test("a promise that nothing will settle is a deadlock at exit too", async () => {
	const { stdout } = await runChild(`
		import { run, until } from "holdfast";
		await run(() => until(new Promise(() => {}))).catch((error) => console.log(error.name));`);
	expect(stdout).toBe("DeadlockError\n");
});
