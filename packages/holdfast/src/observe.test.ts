import { describe, expect, test } from "vitest";
import { runChild } from "../test/child.ts";
import { compile } from "../test/compile.ts";
import { hostTurn, rejectionOf, virtually } from "../test/virtually.ts";
import { type RunOptions, run } from "./run.ts";
import type { Report } from "./runner.ts";

// The host tells all listeners of unhandled rejections, so also the one of the test runner, of a failure that an owner
// has taken. What is decided by the host is therefore tested in processes of their own.

const fail = `
	const boom = new Error("boom");
	async function fail(wait = 1) { if (wait > 0) await sleep(wait); throw boom; }
`;

/** Runs a compiled main in a process of its own, and gives what it prints. */
async function outcome(main: string, options = ""): Promise<string[]> {
	const { stdout, stderr } = await runChild(
		`
		import { run, sleep, sleepForever, checkpoint, withTimeout, withTaskGroup, moveOnAfter, suppressedErrors } from "holdfast";
		import { VirtualLoop } from "holdfast/loops";
		const log = (...values) => console.log(...values.map(String));
		${fail}
		${main}
		await run(main, { loop: new VirtualLoop(), ${options} }).then((value) => log("value", value), (error) => log("error", error, ...suppressedErrors(error)));`,
		{ compiled: true },
	);
	return `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
}

describe.concurrent("a bare call that fails", () => {
	test("and that nobody observes fails its owner: the owner is cancelled, finally runs, its caller gets the error", async () => {
		const lines = await outcome(`
			async function owner() {
				try { fail(); await sleep(100); log("not reached"); }
				catch { log("not caught here"); }
				finally { await sleep(1); log("finally"); }
			}
			async function main() {
				try { await owner(); } catch (error) { log("caller got", error); }
				return "goes on";
			}`);
		expect(lines).toEqual(["finally", "caller got Error: boom", "value goes on"]);
	});

	test("with what cannot be looked at fails its owner as well", async () => {
		const lines = await outcome(`
			const hidden = Object.defineProperty(new Error("hidden"), "code", { get() { throw new Error("touched"); } });
			async function main() { (async () => { await sleep(1); throw hidden; })(); await sleep(100); log("not reached"); }`);
		expect(lines).toEqual(["error Error: hidden"]);
	});

	test("before its first suspension fails its owner too", async () => {
		const lines = await outcome(`
			async function owner() { fail(0); await sleep(100); log("not reached"); }
			async function main() { await owner(); }`);
		expect(lines).toEqual(["error Error: boom"]);
	});

	test("while its owner waits at its end fails the owner", async () => {
		const lines = await outcome(`
			async function owner() { fail(); log("body done"); return "lost"; }
			async function main() { return await owner(); }`);
		expect(lines).toEqual(["body done", "error Error: boom"]);
	});

	test("in the very moment in which its owner ends is not missed", async () => {
		const lines = await outcome(`
			async function owner() { fail(5); await sleep(5); return "body"; }
			async function main() { return await owner(); }`);
		expect(lines).toEqual(["error Error: boom"]);
	});

	test("and is observed by catch, then, Promise.all, allSettled or Promise.resolve does not fail its owner", async () => {
		const lines = await outcome(`
			async function main() {
				fail().catch((error) => log("catch", error));
				fail().then(() => {}, (error) => log("then", error));
				Promise.all([fail()]).catch((error) => log("all", error));
				Promise.allSettled([fail()]).then(([{ status }]) => log("allSettled", status));
				Promise.resolve(fail()).catch((error) => log("resolve", error));
				fail().finally(() => log("finally")).catch((error) => log("after finally", error));
				await sleep(20);
				return "fine";
			}`);
		expect(lines.at(-1)).toBe("value fine");
		expect(lines.slice(0, -1).sort()).toEqual(
			[
				"after finally Error: boom",
				"all Error: boom",
				"allSettled rejected",
				"catch Error: boom",
				"finally",
				"resolve Error: boom",
				"then Error: boom",
			].sort(),
		);
	});

	test("and is awaited later is thrown there, if the await stands before its failure", async () => {
		const lines = await outcome(`
			async function main() {
				const promise = fail(10);
				await sleep(5);
				try { await promise; } catch (error) { log("await", error); }
				return "fine";
			}`);
		expect(lines).toEqual(["await Error: boom", "value fine"]);
	});

	test("with a handler attached by foreign code within the same turn is observed", async () => {
		const lines = await outcome(`
			async function main() {
				const promise = fail(0);
				queueMicrotask(() => promise.catch((error) => log("foreign", error)));
				await sleep(20);
				return "fine";
			}`);
		expect(lines).toEqual(["foreign Error: boom", "value fine"]);
	});

	test("whose derived promise nobody observes fails its owner", async () => {
		for (const derive of [
			"fail().then(() => {})",
			"fail().finally(() => {})",
			"Promise.all([fail()])",
			"Promise.race([fail()])",
			"Promise.resolve(fail()).then(() => {})",
		]) {
			const lines = await outcome(`
				async function owner() { ${derive}; await sleep(100); log("not reached"); }
				async function main() { await owner(); }`);
			expect(lines, derive).toEqual(["error Error: boom"]);
		}
	});

	test("with a primitive fails its owner as well", async () => {
		const lines = await outcome(`
			async function bad() { await sleep(1); throw "a text"; }
			async function main() { bad(); await sleep(100); log("not reached"); }`);
		expect(lines).toEqual(["error a text"]);
	});

	test("inside a timeout belongs to the timeout's scope", async () => {
		const lines = await outcome(`
			async function main() {
				try {
					await withTimeout(100, async () => { fail(); await sleepForever(); });
				} catch (error) { log("the timeout threw", error); }
				return "fine";
			}`);
		expect(lines).toEqual(["the timeout threw Error: boom", "value fine"]);
	});

	test("inside a finally block keeps the error that led there", async () => {
		const lines = await outcome(`
			async function owner() {
				try { throw new Error("first"); }
				finally { fail(); await sleep(10); log("cleanup goes on"); }
			}
			async function main() { await owner(); }`);
		expect(lines.join("\n")).toContain("first");
		expect(lines.join("\n")).toContain("boom");
	});

	test("when two fail, the second is kept beside the first", async () => {
		const lines = await outcome(`
			async function other() { try { await sleepForever(); } finally { throw new Error("second"); } }
			async function main() { fail(); other(); await sleepForever(); }`);
		expect(lines.find((line) => line.startsWith("error"))).toMatch(/^error Error: boom .*second/);
	});

	test("and was cancelled by its owner's end is no failure", async () => {
		const lines = await outcome(`
			async function work() { await sleepForever(); }
			async function owner() { work(); work().then(() => {}); await sleep(1); throw new Error("owner"); }
			async function main() { try { await owner(); } catch (error) { log(error); } return "fine"; }`);
		expect(lines).toEqual(["Error: owner", "value fine"]);
	});
});

test("what was derived from a cancelled call is nobody's failure either in a run that has a runner of its own", async () => {
	for (const [begin, options] of [
		["await all()", ""],
		["await run(() => all())", "{ name: 'inner', onReport() {} }"],
	]) {
		const { stdout, stderr } = await runChild(
			`
			import { run, moveOnAfter, sleepForever } from "holdfast";
			async function forever() { await sleepForever(); }
			async function main() {
				await moveOnAfter(1, async () => { forever().then(() => {}); await sleepForever(); });
				return "fine";
			}
			async function all() { return await run(main, ${options || "{}"}); }
			console.log(${begin});
			await new Promise((resolve) => setTimeout(resolve, 20));`,
			{ compiled: true },
		);
		expect([stdout, stderr], begin).toEqual(["fine\n", ""]);
	}
});

describe.concurrent("foreign rejections", () => {
	const program = (listener: string) => `
		import { run, sleep } from "holdfast";
		${listener}
		await run(function* () {
			Promise.reject(new Error("foreign"));
			yield* sleep(50);
			console.log("goes on");
		});`;

	test("that nobody handles still crash the process when ours is the only listener", async () => {
		const { code, stdout, stderr } = await runChild(program(""));
		expect([code, stdout]).toEqual([1, ""]);
		expect(stderr).toContain("Error: foreign");
	});

	test("are left to another listener where there is one", async () => {
		const { code, stdout } = await runChild(
			program(`process.on("unhandledRejection", (error) => console.log("listener got", error.message));`),
		);
		expect([code, stdout]).toEqual([0, "listener got foreign\ngoes on\n"]);
	});

	test("crash as ever before and after a run, and no listener is left behind", async () => {
		const { stdout, code } = await runChild(`
			import { run, sleep } from "holdfast";
			const before = process.listenerCount("unhandledRejection");
			await Promise.all([run(() => sleep(1)), run(() => sleep(5))]);
			console.log(before, process.listenerCount("unhandledRejection"), process.listenerCount("beforeExit"));
			Promise.reject(new Error("foreign"));`);
		expect([stdout, code]).toEqual(["0 0 0\n", 1]);
	});

	test("of a compiled function outside of every run crash like those of a native one", async () => {
		const { code, stderr } = await runChild(
			`import { sleep } from "holdfast"; async function fail() { await sleep(1); throw new Error("outside"); } fail();`,
			{ compiled: true },
		);
		expect(code).toBe(1);
		// Bun and Deno print it in their own manner.
		expect(stderr).toMatch(/^(error: Uncaught \(in promise\) )?error: outside/im);
	});
});

test("return f() counts as awaited, inside and outside of try", async () => {
	const options: RunOptions = {};
	for (const body of ["return fail();", "try { return fail(); } finally { await sleep(5); }"]) {
		const main = compile<() => Promise<unknown>>(`${fail} async function main() { ${body} }`);
		expect((await rejectionOf(virtually(main, options))) as Error).toMatchObject({ message: "boom" });
	}
});

test("an observed failure is not reported and reaches nobody else", async () => {
	const reports: Report[] = [];
	const main = compile<() => Promise<string>>(
		`${fail} async function main() { const error = await fail().catch((error) => error); return error.message; }`,
	);
	expect(await virtually(main, { onReport: (report) => reports.push(report) })).toBe("boom");
	await hostTurn();
	expect(reports).toEqual([]);
});

test("a compiled function called outside of every run gives a promise as native code does", async () => {
	const work = compile<(value: number) => Promise<number>>(
		`async function main(value) { await checkpoint(); if (value < 0) throw new RangeError("negative"); return value; }`,
	);
	const promise = work(5);
	expect(promise).toBeInstanceOf(Promise);
	expect(await promise).toBe(5);
	await expect(work(-5)).rejects.toThrow(RangeError);
	await run(() => {});
});
