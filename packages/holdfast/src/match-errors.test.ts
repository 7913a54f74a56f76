import { expect, test } from "vitest";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { TaskGroupError, TimeoutError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { addSuppressed, suppressedErrors } from "./kernel/suppressed.ts";
import { matchErrors } from "./match-errors.ts";
import type { Report } from "./runner.ts";
import { withCancelScope, withTimeout } from "./scopes.ts";
import { sleep, sleepForever } from "./sleep.ts";

class NotFound extends Error {
	override readonly name: string = "NotFound";
	readonly code = "E_MISSING";
}
class PageNotFound extends NotFound {
	override readonly name = "PageNotFound";
}

/** value(1), type(2), [ type(3), page(4), [ value(5) ] ] */
function tree(): TaskGroupError {
	const inner = new TaskGroupError([new RangeError("5")], "innermost");
	const group = new TaskGroupError([new TypeError("3"), new PageNotFound("4"), inner], "inner");
	return new TaskGroupError([new RangeError("1"), new TypeError("2"), group], "outer", { cause: "the cause" });
}

/** The tree as messages. */
function shape(error: unknown): unknown {
	return error instanceof TaskGroupError ? { [error.message]: error.errors.map(shape) } : (error as Error)?.message;
}

test("leaves are the errors of the whole tree, in order", () => {
	expect(tree().leaves().map(shape)).toEqual(["1", "2", "3", "4", "5"]);
	expect(new TaskGroupError([]).leaves()).toEqual([]);
});

test("split keeps the tree, the messages, the cause, the stack and the suppressed errors in both halves", () => {
	const error = tree();
	const late = new Error("late");
	addSuppressed(error, late);
	const [types, rest] = error.split(TypeError);
	expect(shape(types)).toEqual({ outer: ["2", { inner: ["3"] }] });
	expect(shape(rest)).toEqual({ outer: ["1", { inner: ["4", { innermost: ["5"] }] }] });
	for (const half of [types, rest]) {
		expect(half?.cause).toBe("the cause");
		expect(half?.stack).toBe(error.stack);
		expect(suppressedErrors(half)).toEqual([late]);
	}
	expect(rest?.errors[1].errors[1]).toBe(error.errors[2].errors[2]);
	expect(shape(error)).toEqual(shape(tree()));
});

test("split takes a class, several, or a function, and is asked for groups first", () => {
	const error = tree();
	expect(error.split(Error)).toEqual([error, undefined]);
	expect(error.split(TaskGroupError)[0]).toBe(error);
	expect(error.split(SyntaxError)).toEqual([undefined, error]);
	expect(error.split(SyntaxError)[1]).toBe(error);
	expect(shape(error.split([NotFound, RangeError])[1])).toEqual({ outer: ["2", { inner: ["3"] }] });
	const [inner] = error.split((each) => (each as Error).message === "inner");
	expect(inner?.errors[0]).toBe(error.errors[2]);
	expect(shape(error.split((each) => shape(each) === "5")[0])).toEqual({ outer: [{ inner: [{ innermost: ["5"] }] }] });
	const none = new TaskGroupError([]);
	expect(none.split(TypeError)).toEqual([undefined, none]);
	class Odd {}
	const odd = new Odd();
	expect(new TaskGroupError([odd, 1]).split(Odd)[0]?.errors).toEqual([odd]);
	expect(thrownBy(() => none.split("TypeError" as never))).toBeInstanceOf(TypeError);
});

test("each handler takes what matches out of what is left, and is called once", async () => {
	const log: unknown[] = [];
	const note = (name: string) => (errors: readonly unknown[]) => {
		log.push([name, errors.map(shape)]);
	};
	await matchErrors(tree(), {
		PageNotFound: note("page"),
		NotFound: note("not found"),
		TypeError: note("type"),
		SyntaxError: note("syntax"),
		Error: note("all others"),
	});
	expect(log).toEqual([
		["page", ["4"]],
		["type", ["2", "3"]],
		["all others", ["1", "5"]],
	]);
});

test("a name is that of a class, its subclasses included, an error's own, or a code", async () => {
	const log: string[] = [];
	const foreign = Object.assign(new Error("foreign"), { name: "AbortError" });
	const note = (name: string) => () => void log.push(name);
	await matchErrors(new PageNotFound("x"), { NotFound: note("by base class") });
	await matchErrors(new PageNotFound("x"), { E_MISSING: note("by code") });
	await matchErrors(foreign, { AbortError: note("by its own name") });
	await matchErrors("text", { String: note("a primitive") });
	expect(log).toEqual(["by base class", "by code", "by its own name", "a primitive"]);
	for (const nothing of [null, undefined])
		expect(await rejectionOf(matchErrors(nothing, { Error: note("") }))).toBe(nothing);
});

test("pairs of classes and handlers work the same", async () => {
	const log: unknown[] = [];
	const rest = await rejectionOf(
		matchErrors(tree(), [
			[NotFound, (errors) => void log.push(errors.map((error) => error.code))],
			[RangeError, (errors) => void log.push(errors.length)],
		]),
	);
	expect(log).toEqual([["E_MISSING"], 2]);
	expect(shape(rest)).toEqual({ outer: ["2", { inner: ["3"] }] });
});

test("what nobody handles is thrown on: the very same error if nothing matched", async () => {
	const plain = new TypeError("plain");
	const group = tree();
	for (const error of [plain, group, "text"])
		expect(await rejectionOf(matchErrors(error, { SyntaxError() {} }))).toBe(error);
	expect(await matchErrors(plain, { TypeError() {} })).toBeUndefined();
});

test("handlers that throw do not stop the others; their errors are thrown with the rest", async () => {
	const log: string[] = [];
	const first = new Error("first");
	const alone = matchErrors(new TypeError("x"), {
		TypeError() {
			throw first;
		},
	});
	expect(await rejectionOf(alone)).toBe(first);
	const both = await rejectionOf(
		matchErrors(tree(), {
			TypeError() {
				throw first;
			},
			NotFound: () => void log.push("ran"),
		}),
	);
	expect(log).toEqual(["ran"]);
	expect(both).toBeInstanceOf(TaskGroupError);
	expect((both as TaskGroupError).errors.map(shape)).toEqual([
		"first",
		{ outer: ["1", { inner: [{ innermost: ["5"] }] }] },
	]);
});

test("handlers may wait, and no handler ever gets a cancellation", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			try {
				yield* sleepForever();
			} catch (error) {
				expect(error).toBeInstanceOf(Cancelled);
				yield* matchErrors(error, {
					Error: () => void log.push("swallowed"),
					AbortError: () => void log.push("swallowed"),
				});
			}
		});
		try {
			yield* withTimeout(5, sleepForever);
		} catch (error) {
			yield* matchErrors(error, [
				[
					TimeoutError,
					function* () {
						yield* sleep(1);
						log.push("waited");
					},
				],
			]);
		}
		expect(log).toEqual(["waited"]);
	});
});

test("cancelled in a handler: what is left is reported", async () => {
	const reports: Report[] = [];
	await virtually(
		function* () {
			yield* withCancelScope(function* (scope) {
				yield* matchErrors(tree(), {
					*RangeError() {
						scope.cancel();
						yield* sleep(1);
					},
					TypeError: () => expect.unreachable(),
				});
				expect.unreachable();
			});
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports.map(({ error }) => shape(error))).toEqual(["2", "3", "4"]);
});

test("the errors of a group come in", async () => {
	await virtually(function* () {
		const fails = (error: Error) => () => {
			throw error;
		};
		let message = "";
		try {
			yield* withTaskGroup(
				(group) => {
					group.spawn(fails(new TypeError("a")));
					group.spawn(fails(new RangeError("b")));
				},
				{ errors: "group" },
			);
		} catch (error) {
			yield* matchErrors(error, { Error: (errors) => void (message = errors.map(shape).join()) });
		}
		expect(message).toBe("a,b");
	});
});

test("wrong arguments are named", () => {
	expect(thrownBy(() => matchErrors(new Error(), null as never))).toBeInstanceOf(TypeError);
	expect(thrownBy(() => matchErrors(new Error(), { TypeError: 1 as never }))).toBeInstanceOf(TypeError);
	expect(String(thrownBy(() => matchErrors(new Error(), [["TypeError" as never, () => {}]])))).toContain(
		"pass a class",
	);
});
