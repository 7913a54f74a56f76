import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
	CannotBlockError,
	coroutine,
	moveOnAfter,
	now,
	run,
	runSync,
	sleep,
	TimeoutError,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { afterAll, describe, expect, test } from "vitest";
import { checked, eventually, isAlive, isListed, rejectionOf } from "../test/processes.ts";
import { InvalidTextError, LimitExceededError } from "./errors.ts";
import { exec } from "./exec.ts";
import type { ExecOptions } from "./exec-options.ts";
import { ProcessExitError, ProcessStartError } from "./process-errors.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-exec-"));
afterAll(() => rmSync(folder, { recursive: true }));
const node = process.execPath;

/** Arguments that run a program for Node. */
const program = (text: string): string[] => ["--eval", text];
/** Waits until a process has written its number there. */
const written = async (path: string): Promise<number> => {
	await eventually(() => existsSync(path) && readFileSync(path, "utf8").endsWith("\n"));
	return Number(readFileSync(path, "utf8"));
};

describe("what a program has printed", () => {
	test("is given as text, as it is", async () => {
		const result = await checked(() => exec(node, program(`console.log("é ü"); console.error("oops")`)));
		expect(result).toEqual({ exitCode: 0, signal: null, stdout: "é ü\n", stderr: "oops\n" });
	});

	test("is given as bytes where they are asked for, and only then may be no UTF-8", async () => {
		const text = `process.stdout.write(Buffer.from([0xff, 0]))`;
		const { stdout } = await checked(() => exec(node, program(text), { encoding: "buffer" }));
		expect([...stdout]).toEqual([0xff, 0]);
		expect((await checked(() => exec(node, program(text), { encoding: "latin1" }))).stdout).toBe("ÿ\0");
		const error = await rejectionOf<InvalidTextError>(checked(() => exec(node, program(text))));
		expect(error).toBeInstanceOf(InvalidTextError);
		expect([...error.bytes]).toEqual([0xff, 0]);
	});

	test("may be more than a pipe holds, on both outputs at once", async () => {
		const text = `const data = "x".repeat(3_000_000);
			process.stdout.write(data); process.stderr.write(data);`;
		const { stdout, stderr } = await checked(() => exec(node, program(text)));
		expect([stdout.length, stderr.length]).toEqual([3_000_000, 3_000_000]);
	});

	test("is limited: a program that prints too much is ended", async () => {
		const error = await rejectionOf<LimitExceededError>(checked(() => exec("yes", [], { maxOutput: 1_000 })));
		expect(error).toBeInstanceOf(LimitExceededError);
		expect(error.limit).toBe(1_000);
		expect(error.message).toContain("maxOutput");
		expect((await checked(() => exec("echo", ["123"], { maxOutput: 4 }))).stdout).toBe("123\n");
	});

	test("is empty where it is not collected", async () => {
		const result = await checked(() => exec("echo", ["hello"], { stdout: "ignore", stderr: "ignore" }));
		expect([result.stdout, result.stderr]).toEqual(["", ""]);
	});
});

describe("the input", () => {
	test("is empty unless there is one", async () => {
		expect((await checked(() => exec("cat"))).stdout).toBe("");
	});

	test.each([
		["a string", "one two"],
		["bytes", Buffer.from("one two")],
		["an array", ["one", " ", Buffer.from("two")]],
		[
			"a generator",
			(function* () {
				yield* ["one", " two"];
			})(),
		],
		[
			"an async generator",
			(async function* () {
				yield* ["one", " two"];
			})(),
		],
	])("may be %s", async (_, input) => {
		expect((await checked(() => exec("cat", [], { input }))).stdout).toBe("one two");
	});

	test("is fed while the outputs are read, however much it is", async () => {
		const input = Buffer.alloc(5_000_000, "x");
		const { stdout } = await checked(() => exec("cat", [], { input }));
		expect(stdout.length).toBe(input.length);
	});

	test("that the program does not read is no error, and is not pulled on", async () => {
		let pulled = 0;
		let closed = false;
		function* endless(): Generator<string> {
			try {
				for (;;) {
					pulled++;
					yield "line\n".repeat(10_000);
				}
			} finally {
				closed = true;
			}
		}
		const { stdout } = await checked(() => exec("head", ["-1"], { input: endless() }));
		expect(stdout).toBe("line\n");
		expect(closed).toBe(true);
		expect(pulled).toBeLessThan(100);
	});

	test("that never comes does not hold up the end of the program", async () => {
		let closed = false;
		const input: AsyncIterable<string> = {
			[Symbol.asyncIterator]: () => ({
				next: () => new Promise(() => {}),
				return: async () => {
					closed = true;
					return { done: true, value: undefined };
				},
			}),
		};
		expect((await checked(() => exec("echo", ["done"], { input }))).stdout).toBe("done\n");
		expect(closed).toBe(true);
	});

	test("that fails ends the program, and its error is thrown", async () => {
		const path = join(folder, "failing-input");
		const failure = new Error("the source is gone");
		const input = async function* (): AsyncGenerator<string> {
			yield "a";
			await written(path);
			throw failure;
		};
		const text = `require("fs").writeFileSync(${JSON.stringify(path)}, process.pid + "\\n"); setInterval(() => {}, 1000)`;
		expect(await rejectionOf(checked(() => exec(node, program(text), { input: input() })))).toBe(failure);
		expect(isAlive(await written(path))).toBe(false);
	});

	test("holds strings and bytes, nothing else", async () => {
		const error = await rejectionOf(checked(() => exec("cat", [], { input: [1] as never })));
		expect(error.message).toContain("a part of the input is 1");
	});
});

describe("how a program has ended", () => {
	test("another exit code than 0 is an error that shows the end of the standard error", async () => {
		const text = `for (let n = 1; n <= 100; n++) console.error("\\x1b[31mline " + n + "\\x1b[0m");
			console.log("so far"); process.exitCode = 3;`;
		const error = await rejectionOf<ProcessExitError>(checked(() => exec(node, program(text))));
		expect(error).toBeInstanceOf(ProcessExitError);
		expect(error).toMatchObject({ code: "HOLDFAST_PROCESS_EXIT", exitCode: 3, signal: null, stdout: "so far\n" });
		expect(error.message).toContain("ended with exit code 3");
		expect(error.message).toMatch(/\n {2}line 99\n {2}line 100$/);
		expect(error.message).not.toContain("line 80\n");
		expect(error.stderr).toContain("line 1\u001b[0m\n");
	});

	test("so is an end by a signal", async () => {
		const error = await rejectionOf<ProcessExitError>(
			checked(() => exec(node, program(`process.kill(process.pid, "SIGKILL")`))),
		);
		expect(error).toMatchObject({ exitCode: null, signal: "SIGKILL" });
		expect(error.message).toMatch(/was ended by SIGKILL\.$/);
	});

	test("with check: false it is told, and no error", async () => {
		expect(await checked(() => exec("false", [], { check: false }))).toMatchObject({ exitCode: 1, signal: null });
	});
});

describe("a program that cannot be started", () => {
	test("because there is none of that name", async () => {
		const error = await rejectionOf<ProcessStartError>(checked(() => exec("no-such-program", ["a b"])));
		expect(error).toBeInstanceOf(ProcessStartError);
		expect(error).toMatchObject({ code: "ENOENT", command: "no-such-program", args: ["a b"] });
		expect(error.message).toBe(
			'exec: no-such-program "a b" could not be started: there is no such program in the folders of PATH (ENOENT).',
		);
		expect(error.cause).toBeInstanceOf(Error);
	});

	test("because it may not be executed", async () => {
		const path = join(folder, "text");
		writeFileSync(path, "text", { mode: 0o644 });
		const error = await rejectionOf(checked(() => exec(path)));
		expect(error).toMatchObject({ name: "ProcessStartError", code: "EACCES" });
		expect(error.message).toContain("no file that may be executed");
	});

	test("because its folder is not there: the message names that one", async () => {
		const error = await rejectionOf(checked(() => exec("echo", [], { cwd: join(folder, "nowhere") })));
		expect(error).toMatchObject({ name: "ProcessStartError", code: "ENOENT" });
		expect(error.message).toMatch(/its folder \(cwd\) ".*nowhere" is no folder/);
	});

	test("because its arguments are too long", async () => {
		const error = await rejectionOf(checked(() => exec("echo", ["x".repeat(3_000_000)])));
		expect(error).toMatchObject({ name: "ProcessStartError", code: "E2BIG" });
		expect(error.message.length).toBeLessThan(500);
	});
});

describe("arguments and environment", () => {
	test("arrive as they are: no shell reads them", async () => {
		const args = ["$HOME", "a b", "*", `"; exit 1`, ""];
		const text = `console.log(JSON.stringify(process.argv.slice(1)))`;
		const { stdout } = await checked(() => exec(node, [...program(text), "--", ...args]));
		expect(JSON.parse(stdout)).toEqual(args);
	});

	test("a shell is used where it is asked for, and takes no arguments", async () => {
		expect((await checked(() => exec("echo $((1 + 1)) | cat", [], { shell: true }))).stdout).toBe("2\n");
		const error = await rejectionOf(checked(() => exec("echo", ["x"], { shell: true })));
		expect(error.message).toContain("takes no arguments");
	});

	test("nobody gets a shell by what stands in Object.prototype", async () => {
		const polluted = Object.prototype as { shell?: boolean };
		polluted.shell = true;
		try {
			expect((await run(() => exec("echo", ["$HOME"], {}))).stdout).toBe("$HOME\n");
		} finally {
			delete polluted.shell;
		}
	});

	test("the environment is added to, and can be taken away", async () => {
		const text = `console.log([process.env.ADDED, process.env.GONE, process.env.KEPT].join())`;
		process.env.GONE = process.env.KEPT = "here";
		try {
			const env = { ADDED: "added", GONE: undefined };
			expect((await checked(() => exec(node, program(text), { env }))).stdout).toBe("added,,here\n");
			expect((await checked(() => exec(node, program(text), { env, inheritEnv: false }))).stdout).toBe("added,,\n");
		} finally {
			delete process.env.GONE;
			delete process.env.KEPT;
		}
	});

	test("the folder may be a path or a URL", async () => {
		expect((await checked(() => exec("pwd", [], { cwd: new URL("file:///usr") }))).stdout).toBe("/usr\n");
	});

	test.each<[options: unknown, message: string]>([
		[{ timeout: 5 }, 'unknown option "timeout"'],
		[{ maxOutput: -1 }, "maxOutput is -1"],
		[{ encoding: "utf9" }, 'the encoding is "utf9"'],
		[{ input: 5 }, "the input is 5"],
		[{ input: "", stdin: "inherit" }, "both input and stdin"],
		[{ stdout: "pipe" }, 'stdout is "pipe"'],
		[{ stopSignal: "sigint" }, 'pass "SIGINT"'],
		[{ stopSignal: "TERM" }, 'pass "SIGTERM"'],
		[{ grace: Number.NaN }, "grace is NaN"],
		[{ cwd: 5 }, "cwd is 5"],
		[{ env: { A: 5 } }, "the variable A in env is 5"],
		[{ shell: 1 }, "shell is 1"],
		[{ check: "no" }, 'check is "no"'],
		[null, "the options are null"],
	])("wrong options %j are refused: %s", async (options, message) => {
		const error = await rejectionOf(run(() => exec("echo", [], options as ExecOptions)));
		expect(error.message).toContain(message);
	});

	test("a command line in one string is refused with the mend", async () => {
		const error = await rejectionOf(run(() => exec("git", "log -1" as never)));
		expect(error.message).toContain('["log", "-1"]');
		expect((await rejectionOf(run(() => exec("")))).message).toContain('the command is ""');
		expect((await rejectionOf(run(() => exec("a\0b")))).message).toContain("the command is");
		expect((await rejectionOf(run(() => exec("echo", [5 as never])))).message).toContain("argument 0 of echo is 5");
	});
});

describe("cancelled", () => {
	test("the program gets SIGTERM and can clean up; when the call ends it is gone and no zombie", async () => {
		const path = join(folder, "cleaned");
		const text = `const fs = require("fs");
			process.on("SIGTERM", () => { fs.writeFileSync(${JSON.stringify(`${path}.done`)}, "cleaned\\n"); process.exit(0); });
			fs.writeFileSync(${JSON.stringify(path)}, process.pid + "\\n"); setInterval(() => {}, 1000);`;
		let pid = 0;
		await checked(() =>
			withCancelScope(function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(
						coroutine(function* () {
							yield* exec(node, program(text));
						}),
					);
					while (!existsSync(path) || (pid = Number(readFileSync(path, "utf8"))) === 0) yield* sleep(5);
					scope.cancel();
				});
			}),
		);
		expect(readFileSync(`${path}.done`, "utf8")).toBe("cleaned\n");
		expect(isListed(pid)).toBe(false);
	});

	test("one that ignores SIGTERM is killed after the grace", async () => {
		const path = join(folder, "deaf");
		const script = `trap "" TERM; echo $$ > ${path}; while :; do sleep 0.05; done`;
		await checked(() =>
			withCancelScope(function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(
						coroutine(function* () {
							yield* exec("sh", ["-c", script], { grace: 50 });
						}),
					);
					while (!existsSync(path) || readFileSync(path, "utf8") === "") yield* sleep(5);
					scope.cancel();
				});
			}),
		);
		expect(isListed(Number(readFileSync(path, "utf8")))).toBe(false);
	});

	test("the grace of the scope holds if it is shorter, and none at all kills at once", async () => {
		for (const grace of [30, 0]) {
			const path = join(folder, `deaf-${grace}`);
			const script = `trap "" TERM; echo $$ > ${path}; while :; do sleep 0.05; done`;
			await checked(() =>
				withCancelScope({ grace }, function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(
							coroutine(function* () {
								yield* exec("sh", ["-c", script]);
							}),
						);
						while (!existsSync(path) || readFileSync(path, "utf8") === "") yield* sleep(5);
						scope.cancel();
					});
				}),
			);
			expect(isListed(Number(readFileSync(path, "utf8")))).toBe(false);
		}
	});

	test("what the program has started itself is ended too", async () => {
		const path = join(folder, "grandchild");
		const script = `(trap "" TERM; sh -c 'echo $PPID' > ${path}; while :; do sleep 0.05; done) & wait`;
		await checked(() =>
			withCancelScope(function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(
						coroutine(function* () {
							yield* exec("sh", ["-c", script], { grace: 50 });
						}),
					);
					while (!existsSync(path) || readFileSync(path, "utf8") === "") yield* sleep(5);
					scope.cancel();
				});
			}),
		);
		expect(isAlive(Number(readFileSync(path, "utf8")))).toBe(false);
	});

	test("by a time limit, it is a TimeoutError, also while the input stalls", async () => {
		const input = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
		const error = await rejectionOf(checked(() => withTimeout(20, () => exec("cat", [], { input }))));
		expect(error).toBeInstanceOf(TimeoutError);
	});

	test("before it begins, nothing is started", async () => {
		const path = join(folder, "never");
		await checked(() =>
			withCancelScope(function* (scope) {
				scope.cancel();
				yield* exec("touch", [path]);
			}),
		);
		expect(existsSync(path)).toBe(false);
	});

	test("one that was stopped wakes up and ends", async () => {
		const path = join(folder, "stopped");
		const script = `echo $$ > ${path}; kill -STOP $$; sleep 60`;
		await checked(() =>
			withCancelScope(function* (scope) {
				yield* withTaskGroup(function* (group) {
					group.spawn(
						coroutine(function* () {
							yield* exec("sh", ["-c", script]);
						}),
					);
					const isStopped = (pid: number): boolean => /\) T /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
					while (!existsSync(path) || !(Number(readFileSync(path, "utf8")) > 0)) yield* sleep(5);
					const pid = Number(readFileSync(path, "utf8"));
					while (!isStopped(pid)) yield* sleep(5);
					scope.cancel();
				});
			}),
		);
		expect(isListed(Number(readFileSync(path, "utf8")))).toBe(false);
	});
});

describe("what a program leaves behind in its group", () => {
	test("is ended when the program has ended, so that nothing outlives the call", async () => {
		const path = join(folder, "left");
		const script = `sleep 60 & echo $! > ${path}; echo started`;
		expect((await checked(() => exec("sh", ["-c", script]))).stdout).toBe("started\n");
		expect(isAlive(Number(readFileSync(path, "utf8")))).toBe(false);
	});

	test("is left alone without a group of its own", async () => {
		const path = join(folder, "shared");
		const script = `sleep 60 > /dev/null 2>&1 & echo $! > ${path}`;
		await checked(() => exec("sh", ["-c", script], { ownGroup: false }));
		const pid = Number(readFileSync(path, "utf8"));
		expect(isAlive(pid)).toBe(true);
		process.kill(pid, "SIGKILL");
	});
});

describe("synchronously", () => {
	test("gives the same", () => {
		const text = `process.stdin.pipe(process.stdout); console.error("warning")`;
		const expected = { exitCode: 0, signal: null, stdout: "input", stderr: "warning\n" };
		expect(exec.sync(node, program(text), { input: ["in", Buffer.from("put")] })).toEqual(expected);
		expect(runSync(() => exec(node, program(text), { input: "input" }))).toEqual(expected);
		expect(exec.sync("echo", ["x"], { encoding: "buffer" }).stdout).toEqual(Uint8Array.from([120, 10]));
	});

	test("throws the same", () => {
		expect(() => exec.sync("no-such-program")).toThrow(ProcessStartError);
		expect(() => exec.sync("sh", ["-c", "echo oh >&2; exit 4"])).toThrow(/exit code 4; .*:\n {2}oh$/s);
		expect(() => exec.sync("yes", [], { maxOutput: 1_000 })).toThrow(LimitExceededError);
		expect(() =>
			exec.sync("cat", [], {
				input: (async function* () {
					yield "a";
				})(),
			}),
		).toThrow(CannotBlockError);
	});
});

describe("synchronously, under a deadline", () => {
	test("the deadline ends it and what it has started; one that ignores that is killed when the grace is over", () => {
		const path = join(folder, "group");
		const script = `sleep 60 & trap "" TERM; echo $! > ${path}; wait; sleep 60`;
		const begun = (): boolean => existsSync(path) && readFileSync(path, "utf8").endsWith("\n");
		const value = runSync(
			() =>
				withCancelScope({ timeout: 60_000 }, function* (scope) {
					yield* withTaskGroup(function* (group) {
						group.spawn(function* () {
							while (!begun()) yield* sleep(1);
							scope.deadline = now();
						});
						yield* exec("sh", ["-c", script], { cwd: pathToFileURL(`${folder}/`) });
					});
				}),
			{ grace: 50 },
		);
		expect(value).toBeUndefined();
		// The helper thread kills it when the grace is over, at which this thread waits no more.
		const pause = new Int32Array(new SharedArrayBuffer(4));
		const pid = Number(readFileSync(path, "utf8"));
		for (let looks = 0; isAlive(pid) && looks < 2_000; looks++) Atomics.wait(pause, 0, 0, 5);
		expect(isAlive(pid)).toBe(false);
	});

	test("gives and throws the same; tasks go on beside it", () => {
		const log: string[] = [];
		const { stdout } = runSync(() =>
			withTimeout(60_000, () =>
				withTaskGroup(function* (group) {
					group.spawn(function* () {
						yield* sleep(1);
						log.push("beside");
					});
					const result = yield* exec("cat", [], { input: ["in", Buffer.from("put")] });
					log.push("ended");
					return result;
				}),
			),
		);
		expect(stdout).toBe("input");
		expect(log).toEqual(["beside", "ended"]);
		const failing =
			(command: string, args: string[], options = {}) =>
			() =>
				runSync(() => withTimeout(60_000, () => exec(command, args, options)));
		expect(failing("no-such-program", [])).toThrow(ProcessStartError);
		expect(failing("sh", ["-c", "echo oh >&2; exit 4"])).toThrow(/exit code 4; .*:\n {2}oh$/s);
		expect(failing("yes", [], { maxOutput: 1_000 })).toThrow(LimitExceededError);
	});
});

test("a hundred programs at once give what each has printed", async () => {
	const results = await checked(() =>
		withTaskGroup(function* (group) {
			const tasks = Array.from({ length: 100 }, (_, index) => group.spawn(exec as never, "echo", [String(index)]));
			const texts: string[] = [];
			for (const task of tasks) texts.push(((yield* task) as { stdout: string }).stdout.trim());
			return texts;
		}),
	);
	expect(results).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
});

test.runIf(process.platform === "linux")(
	"cancelled at any moment, many at once leave no process, no zombie and no descriptor",
	async () => {
		const descriptors = (): number => readdirSync("/proc/self/fd").length;
		const children = (): string =>
			readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().replaceAll(/\s+/g, " ");
		await checked(() => exec("true"));
		const before = [descriptors(), children()];
		let seed = 1;
		const random = (below: number): number => {
			seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
			return seed % below;
		};
		for (let round = 0; round < 12; round++) {
			const delay = random(25);
			await checked(() =>
				withCancelScope({ grace: random(2) * 200 }, function* (scope) {
					yield* withTaskGroup(function* (group) {
						for (let index = 0; index < 8; index++) {
							const script = ["exit 0", "sleep 60", "cat; exit 1", `trap "" TERM; sleep 60 & wait`][
								random(4)
							] as string;
							const input = random(2) === 0 ? "x".repeat(200_000) : undefined;
							group.spawn(() => exec("sh", ["-c", script], { check: false, grace: 20, ...(input && { input }) }));
						}
						yield* sleep(delay);
						scope.cancel();
					});
				}),
			);
			expect([descriptors(), children()]).toEqual(before);
		}
	},
);

test("outside of every run it works as well", async () => {
	expect((await exec("echo", ["x"])).stdout).toBe("x\n");
	expect(await moveOnAfter(20, () => exec("sleep", ["60"]))).toBe(undefined);
});
