import { expect, test, vi } from "vitest";
import { compile } from "../test/compile.ts";
import { virtually } from "../test/virtually.ts";
import type { Awaitable } from "./coroutine.ts";
import { ForeignRunnerError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { moveOnAfter } from "./scopes.ts";
import { now, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

// Two copies of the library in one process, as two packages that depend on different patch versions bring them.
// What one does with the coroutines and scopes of the other is bridged, or refused by an error that says so.
vi.resetModules();
const other = await import("./index.ts");

test("the copies are two", () => {
	expect(other.sleep).not.toBe(sleep);
});

const mixtures: Record<string, { main: () => Awaitable<unknown>; expected: unknown }> = {
	"yield* of the other copy's coroutine": {
		*main() {
			yield* other.sleep(5);
			return now();
		},
		expected: 5,
	},
	"a compiled await of the other copy's coroutine": {
		main: compile("async function main() { await other.sleep(5); return now(); }", { other }),
		expected: 5,
	},
	"until() of the other copy's coroutine": {
		*main() {
			yield* until(other.sleep(5));
			return "waited";
		},
		expected: "waited",
	},
	"a scope of the other copy": {
		*main() {
			yield* other.moveOnAfter(5, () => sleep(100));
			return now();
		},
		expected: 5,
	},
	"a group of the other copy": {
		main: () => other.withTaskGroup((group) => group.spawn(() => sleep(5).then(() => "spawned"))),
		expected: "spawned",
	},
	"a coroutine of the other copy in a group of this one, cancelled": {
		*main() {
			yield* moveOnAfter(5, () => withTaskGroup((group) => void group.spawn(() => other.sleep(50))));
			return now();
		},
		expected: 5,
	},
	"a run of the other copy inside a run": {
		main: () => until(other.run(() => sleep(5).then(() => "value"))),
		expected: "value",
	},
	"a context variable of the other copy": {
		*main() {
			const variable = new other.ContextVar<string>("variable");
			variable.set("value");
			yield* sleep(1);
			return variable.get();
		},
		expected: "value",
	},
};

test.each(Object.entries(mixtures))("%s works, or is refused by name", async (_name, { main, expected }) => {
	let outcome: unknown;
	try {
		outcome = await virtually(main);
	} catch (error) {
		expect(error).toMatchObject({ code: new ForeignRunnerError("").code });
		return;
	}
	expect(outcome).toBe(expected);
});

test("suppressed errors are the same for both copies", async () => {
	const [first, second] = [new Error("first"), new Error("second")];
	await virtually(() =>
		withTaskGroup((group) => {
			group.spawn(() => {
				throw first;
			});
			group.spawn(() => {
				throw second;
			});
		}),
	).catch(() => {});
	expect(suppressedErrors(first)).toEqual([second]);
	expect(other.suppressedErrors(first)).toEqual([second]);
});
