import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { hostTurn, rejectionOf, virtually } from "../test/virtually.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { moveOnAfter, withCancelScope } from "./scopes.ts";
import { checkpoint, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

/** Each test runs twice: until() in a generator coroutine, and await in compiled code. */
const ways: Record<string, (value: unknown) => PromiseLike<unknown>> = {
	"until()": (value) => virtually(() => until(value)),
	"a compiled await": (value) => virtually(compile(`async function main() { return await value; }`, { value })),
};

for (const [way, awaited] of Object.entries(ways)) {
	test(`${way} of a promise gives its value or throws its error`, async () => {
		const boom = new Error("boom");
		expect(await awaited(Promise.resolve(5))).toBe(5);
		expect(await rejectionOf(awaited(Promise.reject(boom)))).toBe(boom);
		expect(await rejectionOf(awaited(Promise.reject(undefined)))).toBeUndefined();
	});

	test(`${way} of what is no thenable gives it`, async () => {
		// biome-ignore lint/suspicious/noThenProperty: this is what is tested
		const object = { then: 5 };
		for (const value of [1, "text", null, undefined, object]) expect(await awaited(value)).toBe(value);
	});

	test(`${way} of a subclass of Promise uses its then`, async () => {
		class Loud extends Promise<unknown> {
			// biome-ignore lint/suspicious/noThenProperty: this is what is tested
			override then(...args: Parameters<Promise<unknown>["then"]>): never {
				return super.then((value) => args[0]?.(`${value}!`), args[1]) as never;
			}
		}
		expect(await awaited(Loud.resolve("hey"))).toBe("hey!");
	});

	test(`${way} of a thenable whose then getter throws is that error`, async () => {
		const boom = new Error("boom");
		const thenable = {
			// biome-ignore lint/suspicious/noThenProperty: this is what is tested
			get then() {
				throw boom;
			},
		};
		expect(await rejectionOf(awaited(thenable))).toBe(boom);
	});

	test(`${way} gives a thenable functions that look like the engine's own`, async () => {
		const given: ((value: unknown) => void)[] = [];
		const thenable = {
			// biome-ignore lint/suspicious/noThenProperty: this is what is tested
			then(...functions: ((value: unknown) => void)[]) {
				given.push(...functions);
				functions[0]?.(5);
			},
		};
		expect(await awaited(thenable)).toBe(5);
		expect(given.map(({ name, length }) => [name, length])).toEqual([
			["", 1],
			["", 1],
		]);
		for (const f of given) expect(() => Reflect.construct(Object, [], f)).toThrow(TypeError);
	});

	test(`${way} of a promise that refuses to be looked at is an error at the await, and the task goes on`, async () => {
		const broken = new Error("no constructor");
		const promise = Object.defineProperty(Promise.resolve(1), "constructor", {
			get() {
				throw broken;
			},
		});
		expect(await rejectionOf(awaited(promise))).toBe(broken);
		expect(await rejectionOf(awaited(new Proxy(Promise.resolve(1), {})))).toBeInstanceOf(TypeError);
		// biome-ignore lint/suspicious/noThenProperty: this is what is tested
		const secretive = new Proxy({ then: (resolve: (value: string) => void) => resolve("value") } as object, {
			get(target, key) {
				if (key === "then") return Reflect.get(target, key);
				throw broken;
			},
		});
		expect(await awaited(secretive)).toBe("value");
	});

	test(`${way} reads then once`, async () => {
		let reads = 0;
		const thenable = {
			// biome-ignore lint/suspicious/noThenProperty: this is what is tested
			get then() {
				reads++;
				return (resolve: (value: string) => void) => resolve("value");
			},
		};
		expect(await awaited(thenable)).toBe("value");
		expect(reads).toBe(1);
	});

	test(`${way} of a thenable that calls both callbacks takes the first call`, async () => {
		const first = new Error("first");
		const both = thenable((resolve, reject) => {
			resolve("first");
			reject(new Error("second"));
			resolve("third");
		});
		const rejects = thenable((resolve, reject) => {
			reject(first);
			resolve("second");
		});
		expect(await awaited(both)).toBe("first");
		expect(await rejectionOf(awaited(rejects))).toBe(first);
	});

	test(`${way} of a thenable that throws after it has resolved gives the value`, async () => {
		const value = await awaited(
			thenable((resolve) => {
				resolve("value");
				throw new Error("too late");
			}),
		);
		expect(value).toBe("value");
	});

	test(`${way} of a thenable that throws is that error`, async () => {
		const boom = new Error("boom");
		const thrown = awaited(
			thenable(() => {
				throw boom;
			}),
		);
		expect(await rejectionOf(thrown)).toBe(boom);
	});

	test(`${way} of a thenable that resolves with a thenable goes on to the end`, async () => {
		const inner = thenable((resolve) => resolve("inner"));
		expect(await awaited(thenable((resolve) => resolve(inner)))).toBe("inner");
	});
}

test("a wait for a thenable that never settles can be cancelled", async () => {
	expect(await virtually(() => moveOnAfter(5, () => until(thenable(() => {}))))).toBeUndefined();
});

test("an abort that arrives after the wait was cancelled is the cancellation, and is not reported", async () => {
	const reports: unknown[] = [];
	await virtually(
		function* () {
			let reject: ((reason: unknown) => void) | undefined;
			const aborted = new Promise((_, fail) => {
				reject = fail;
			});
			yield* moveOnAfter(5, () => until(aborted));
			reject?.(new DOMException("The operation was aborted.", "AbortError"));
			yield* sleep(5);
		},
		{ onReport: ({ error }) => reports.push(error) },
	);
	expect(reports).toEqual([]);
});

test("a cancelled task stops waiting at once, and what the promise gives later is ignored", async () => {
	let resolve: ((value: string) => void) | undefined;
	const promise = new Promise<string>((it) => {
		resolve = it;
	});
	await virtually(function* () {
		expect(yield* moveOnAfter(5, () => until(promise))).toBeUndefined();
		resolve?.("late");
		expect(yield* until(Promise.resolve("other"))).toBe("other");
		yield* sleep(1);
	});
});

test("a rejection that comes after its wait was cancelled is reported, never unhandled", async () => {
	const boom = new Error("boom");
	const reports: Report[] = [];
	const unhandled: unknown[] = [];
	const listener = (error: unknown) => unhandled.push(error);
	process.on("unhandledRejection", listener);
	try {
		let reject: ((error: unknown) => void) | undefined;
		const promise = new Promise((_, it) => {
			reject = it;
		});
		await virtually(
			function* () {
				yield* moveOnAfter(5, () => until(promise));
				reject?.(boom);
				yield* sleep(1);
			},
			{ onReport: (report) => reports.push(report) },
		);
		await hostTurn();
	} finally {
		process.off("unhandledRejection", listener);
	}
	expect(reports.map(({ error, kind }) => [error, kind])).toEqual([[boom, "late-rejection"]]);
	expect(unhandled).toEqual([]);
});

/** Whoever reads anything of it is punished. */
const untouchable = new Proxy(
	{},
	{
		get() {
			throw new Error("touched");
		},
	},
);

test("a late rejection with what cannot be looked at is reported, too", async () => {
	const reports: Report[] = [];
	let reject: (reason: unknown) => void = () => {};
	const promise = new Promise<never>((_, settle) => {
		reject = settle;
	});
	await run(
		function* () {
			yield* moveOnAfter(1, () => until(promise));
			reject(untouchable);
			yield* until(hostTurn());
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports.map(({ kind, error }) => [kind, error === untouchable])).toEqual([["late-rejection", true]]);
});

test("a native function that throws what cannot be looked at in its cleanup has failed with it", async () => {
	const failed = run(
		() =>
			moveOnAfter(1, async () => {
				try {
					await sleep(1_000);
				} finally {
					// biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
					throw untouchable;
				}
			}),
		{ onReport: () => {} },
	);
	expect(await failed.catch((error) => error === untouchable)).toBe(true);
});

test("a rejected promise that is awaited in a cancelled scope is not unhandled either", async () => {
	const reports: unknown[] = [];
	await run(
		() =>
			withCancelScope(function* (scope) {
				scope.cancel();
				yield* until(Promise.reject(new Error("boom")));
			}),
		{ onReport: ({ error }) => reports.push((error as Error).message) },
	);
	await hostTurn();
	expect(reports.length).toBeLessThanOrEqual(1);
});

test("awaiting settled promises in a loop does not keep cancellation out", async () => {
	await run(() =>
		withCancelScope(function* (scope) {
			setImmediate(() => scope.cancel());
			while (true) yield* until(Promise.resolve());
		}),
	);
	await run(checkpoint);
});

function thenable(
	then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
): PromiseLike<unknown> {
	return { then } as unknown as PromiseLike<unknown>;
}
