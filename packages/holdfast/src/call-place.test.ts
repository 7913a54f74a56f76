import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { virtually } from "../test/virtually.ts";
import { coroutine, sleep } from "./index.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { type RunOptions, run } from "./run.ts";
import type { Report } from "./runner.ts";

/** What is reported of calls that nobody awaits. */
async function reported(main: () => unknown, options: RunOptions = {}): Promise<Error[]> {
	const errors: Error[] = [];
	const onReport = ({ error }: Report): void => void errors.push(error as Error);
	await run(main as () => Promise<unknown>, { loop: new VirtualLoop(), onReport, ...options });
	return errors;
}

const linesOf = ({ stack }: Error): string[] =>
	String(stack)
		.split("\n")
		.map((line) =>
			line
				.trim()
				.replace(/ \(eval .*<anonymous>:/, " (")
				.replace(/\(.*[\\/](call-place[^)]*)\)/, "($1)"),
		);

test("a coroutine that was never awaited shows where it was made, and who awaited that", async () => {
	const main = compile(
		`
async function main() { await inner(); return 1; }
async function inner() {
	await checkpoint();
	forgotten();
	await sleep(1);
	return 1;
}`,
		{ forgotten: coroutine(function* forgotten() {}) },
	);
	const [error] = await reported(main);
	const [message, call, ...awaiting] = linesOf(error as Error);
	expect(message).toMatch(/^NeverAwaitedError: forgotten\(\) was called and its coroutine never awaited/);
	expect(message).not.toContain("not known");
	expect(call).toMatch(/^at inner /);
	expect(awaiting).toEqual(["at async main (program.cjs:3:25)"]);
});

test("in generators too, and of functions of the library", async () => {
	const inner = function* inner() {
		yield* sleep(1);
		sleep(5);
	};
	const [error] = await reported(function* main() {
		yield* inner();
	});
	expect(linesOf(error as Error)[1]).toMatch(/^at inner \(call-place\.test\.ts:\d+:3\)$/);
});

test("only a function's first calls are noted; when one of the others is never awaited the next ones are again", async () => {
	const often = coroutine(function* often() {});
	const forget = function* (): Generator<unknown, void, never> {
		for (let i = 0; i < 100; i++) yield* often();
		often();
		yield* sleep(1);
		often();
	};
	const [first, second] = await reported(forget);
	expect(first?.message).toContain("if it happens again");
	expect(second?.message).toContain("if it happens again");
	const [third] = await reported(function* () {
		often();
		yield* sleep(1);
	});
	expect(third?.message).not.toContain("if it happens again");
	expect(linesOf(third as Error)[1]).toContain("call-place.test.ts");
});

test("a program that wants no stacks gets none, and its limit is left as it is", async () => {
	const { stackTraceLimit } = Error;
	const quiet = coroutine(function* quiet() {});
	try {
		for (const limit of [0, 3]) {
			Error.stackTraceLimit = limit;
			const [error] = await reported(function* () {
				quiet();
				yield* sleep(1);
			});
			expect(Error.stackTraceLimit).toBe(limit);
			expect((error as Error).message.includes("if it happens again")).toBe(limit === 0);
		}
	} finally {
		Error.stackTraceLimit = stackTraceLimit;
	}
});

test("no stack is read of calls that are awaited", async () => {
	const { prepareStackTrace } = Error;
	let asked = 0;
	Error.prepareStackTrace = (error, lines) => {
		asked++;
		return prepareStackTrace?.(error, lines) ?? String(error);
	};
	try {
		await virtually(function* () {
			for (let i = 0; i < 10; i++) yield* coroutine(function* fresh() {})();
		});
	} finally {
		Error.prepareStackTrace = prepareStackTrace as typeof prepareStackTrace & {};
	}
	expect(asked).toBe(0);
});
