import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	BrokenResourceError,
	CannotBlockError,
	ClosedResourceError,
	moveOnAfter,
	run,
	runSync,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, isAlive, isListed, rejectionOf } from "../test/processes.ts";
import { type Process, spawnProcess } from "./process.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-process-"));
afterAll(() => rmSync(folder, { recursive: true }));
const shell = (script: string): [string, string[]] => ["sh", ["-c", script]];

describe("a process", () => {
	test("is written to and read from", async () => {
		const line = await checked(() =>
			spawnProcess("cat").with(function* (cat) {
				yield* cat.stdin.write("hello\nworld\n");
				const first = yield* cat.stdout.readLine();
				yield* cat.stdin.end();
				const rest = yield* cat.stdout.readAll();
				expect(yield* cat.wait()).toEqual({ exitCode: 0, signal: null });
				expect(cat.status).toEqual({ exitCode: 0, signal: null });
				return `${first} ${Buffer.from(rest)}`;
			}),
		);
		expect(line).toBe("hello world\n");
	});

	test("has printed what can be read after its end, however late", async () => {
		const size = 50_000;
		await checked(() =>
			spawnProcess(...shell(`head -c ${size} /dev/zero; echo error >&2`), { stderr: "pipe" }).with(function* (it) {
				yield* it.wait();
				yield* moveOnAfter(20, () => new Promise(() => {}));
				expect((yield* it.stdout.readAll()).length).toBe(size);
				expect(yield* it.stderr.readLine()).toBe("error");
			}),
		);
	});

	test("has to wait while nobody reads", async () => {
		await checked(() =>
			spawnProcess("yes").with(function* (yes) {
				yield* moveOnAfter(50, () => new Promise(() => {}));
				const { rss } = process.memoryUsage();
				yield* moveOnAfter(50, () => new Promise(() => {}));
				expect(process.memoryUsage().rss - rss).toBeLessThan(50_000_000);
				expect(yield* yes.stdout.readLine()).toBe("y");
			}),
		);
	});

	test("that does not read any more breaks the write", async () => {
		const error = await rejectionOf(
			checked(() =>
				spawnProcess(...shell("exec 0<&-; sleep 60")).with(function* (it) {
					for (;;) yield* it.stdin.write("x".repeat(100_000));
				}),
			),
		);
		expect(error).toBeInstanceOf(BrokenResourceError);
		expect(error.message).toContain("the standard input of sh -c");
	});

	test("is waited for by many", async () => {
		const statuses = await checked(() =>
			spawnProcess(...shell("exit 7")).with(function* (it) {
				return yield* withTaskGroup(function* (group) {
					const tasks = Array.from({ length: 1_000 }, () => group.spawn(() => it.wait()));
					const codes: unknown[] = [];
					for (const task of tasks) codes.push((yield* task).exitCode);
					return codes;
				});
			}),
		);
		expect(new Set(statuses)).toEqual(new Set([7]));
	});

	test("a wait that is cancelled leaves it alone", async () => {
		await checked(() =>
			spawnProcess("cat").with(function* (cat) {
				yield* moveOnAfter(5, () => cat.wait());
				expect(isAlive(cat.pid)).toBe(true);
				yield* cat.stdin.close();
				expect((yield* cat.wait()).exitCode).toBe(0);
			}),
		);
	});

	test("gets signals, as long as it is there", async () => {
		await checked(() =>
			spawnProcess(...shell(`trap "echo hup" HUP; echo ready; while :; do sleep 0.02; done`)).with(function* (it) {
				const lines = it.stdout;
				expect(yield* lines.readLine()).toBe("ready");
				expect(it.kill("SIGHUP")).toBe(true);
				expect(yield* lines.readLine()).toBe("hup");
				expect(() => it.kill("HUP" as never)).toThrow('pass "SIGHUP"');
				expect(it.kill("SIGKILL")).toBe(true);
				expect(yield* it.wait()).toEqual({ exitCode: null, signal: "SIGKILL" });
				yield* it.close();
				expect(it.kill()).toBe(false);
			}),
		);
	});

	test("whose standard output is none says so", async () => {
		await checked(() =>
			spawnProcess("true", [], { stdin: "ignore", stdout: "ignore" }).with((it) => {
				expect(() => it.stdout).toThrow('{ stdout: "pipe" }');
				expect(() => it.stdin).toThrow('is "ignore", and no stream');
				expect(() => it.stderr).toThrow('is "inherit", and no stream');
			}),
		);
	});

	test.each<[options: object, message: string]>([
		[{ stdin: "file" }, 'stdin is "file"'],
		[{ stdout: -1 }, "stdout is -1"],
		[{ input: "x" }, 'unknown option "input"'],
	])("%j is refused at the call", (options, message) => {
		expect(() => spawnProcess("cat", [], options)).toThrow(message);
	});

	test("that cannot be started is an error where it is awaited", async () => {
		const error = await rejectionOf(checked(() => spawnProcess("no-such-program").with(() => {})));
		expect(error).toMatchObject({ name: "ProcessStartError", code: "ENOENT" });
		expect(error.message).toMatch(/^spawnProcess: /);
	});

	test("has no synchronous form, and is not started", () => {
		const path = join(folder, "synchronous");
		expect(() => runSync(() => spawnProcess("touch", [path]).with(() => {}))).toThrow(CannotBlockError);
		expect(existsSync(path)).toBe(false);
	});
});

describe("the end of the owner", () => {
	test("ends the process, and everything that it has started", async () => {
		let pids: number[] = [];
		await checked(() =>
			spawnProcess(...shell(`sleep 60 & echo $$ $!; wait`)).with(function* (it) {
				pids = ((yield* it.stdout.readLine()) ?? "").split(" ").map(Number);
				expect(pids.map(isAlive)).toEqual([true, true]);
			}),
		);
		expect(pids.map(isAlive)).toEqual([false, false]);
		expect(isListed(pids[0] as number)).toBe(false);
	});

	test("ends what is left of the group when the process itself has long ended", async () => {
		let left = 0;
		await checked(() =>
			spawnProcess(...shell(`sleep 60 & echo $!`)).with(function* (it) {
				left = Number(yield* it.stdout.readLine());
				yield* it.wait();
				expect(isAlive(left)).toBe(true);
			}),
		);
		expect(isAlive(left)).toBe(false);
	});

	test("gives it the grace to clean up, then kills it", async () => {
		const path = join(folder, "patient");
		const patient = `trap "echo cleaned > ${path}; exit" TERM; echo ready; while :; do sleep 0.02; done`;
		await checked(() => spawnProcess(...shell(patient)).with((it) => it.stdout.readLine()));
		expect(readFileSync(path, "utf8")).toBe("cleaned\n");
		let deaf: Process | undefined;
		await checked(() =>
			spawnProcess(...shell(`trap "" TERM; echo ready; while :; do sleep 0.02; done`), { grace: 40 }).with((it) => {
				deaf = it;
				return it.stdout.readLine();
			}),
		);
		expect(deaf?.status).toEqual({ exitCode: null, signal: "SIGKILL" });
	});

	test("may be asked for with another signal", async () => {
		const path = join(folder, "stop-signal");
		const script = `trap "echo int > ${path}; exit" INT; echo ready; while :; do sleep 0.02; done`;
		await checked(() => spawnProcess(...shell(script), { stopSignal: "SIGINT" }).with((it) => it.stdout.readLine()));
		expect(readFileSync(path, "utf8")).toBe("int\n");
	});

	test("closes the streams: whoever still reads gets ClosedResourceError", async () => {
		let it: Process | undefined;
		await checked(() =>
			spawnProcess("cat").with((cat) => {
				it = cat;
			}),
		);
		const error = await rejectionOf(run(() => (it as Process).stdout.read()));
		expect(error).toBeInstanceOf(ClosedResourceError);
		expect(await rejectionOf(run(() => (it as Process).stdin.write("x")))).toBeInstanceOf(ClosedResourceError);
	});

	test("close ends it before, once; a second call waits for the same", async () => {
		await checked(() =>
			spawnProcess("cat").with(function* (cat) {
				yield* withTaskGroup(function* (group) {
					group.spawn(() => cat.close());
					group.spawn(() => cat.close());
				});
				expect(cat.status).toEqual({ exitCode: null, signal: "SIGTERM" });
				yield* cat.close();
			}),
		);
	});

	test("by cancellation with no grace kills it at once, and it is gone when the scope is", async () => {
		let pid = 0;
		await checked(() =>
			withCancelScope({ grace: 0 }, function* (scope) {
				const it = yield* spawnProcess(...shell(`trap "" TERM; echo ready; while :; do sleep 0.02; done`));
				pid = it.pid;
				yield* it.stdout.readLine();
				scope.cancel();
			}),
		);
		expect(isListed(pid)).toBe(false);
	});
});
