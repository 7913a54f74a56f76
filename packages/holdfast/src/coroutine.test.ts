import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, rejectionOf, virtually } from "../test/virtually.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { CoroutineReusedError, ScopeMisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { corocall } from "./invoke.ts";
import { run } from "./run.ts";
import type { Report } from "./runner.ts";
import { moveOnAfter } from "./scopes.ts";
import { checkpoint, now, sleep } from "./sleep.ts";
import { until } from "./suspend.ts";

const greet = coroutine(function* greet(name: string) {
	yield* sleep(10);
	return `hello ${name}`;
});

test("a call describes; nothing happens until it is awaited", async () => {
	let begun = 0;
	const begin = coroutine(function* () {
		begun++;
		yield* checkpoint();
	});
	await virtually(function* () {
		const described = begin();
		yield* sleep(5);
		expect(begun).toBe(0);
		yield* described;
		expect(begun).toBe(1);
	});
});

test("a coroutine is awaited by yield*, by await in compiled and native code, and by then", async () => {
	expect(
		await virtually(function* () {
			return yield* greet("you");
		}),
	).toBe("hello you");
	expect(await virtually(compile(`async function main() { return await greet("you"); }`, { greet }))).toBe("hello you");
	expect(await virtually(async () => await greet("you"), { onReport: () => {} })).toBe("hello you");
	expect(await virtually(() => greet("you").then((text) => text.toUpperCase()))).toBe("HELLO YOU");
});

test("outside of every run a coroutine gets a root of its own", async () => {
	const quick = coroutine(function* (value: number) {
		yield* checkpoint();
		if (value < 0) throw new Error("negative");
		return value;
	});
	expect(await quick(5)).toBe(5);
	expect(await quick(-5).catch((error) => (error as Error).message)).toBe("negative");
	expect(await quick(6).finally(() => {})).toBe(6);
});

test("a coroutine is one call: a second use is an error, in whatever way", async () => {
	await virtually(function* () {
		const used = greet("you");
		yield* used;
		for (const again of [
			function* () {
				yield* used;
			},
			() => used,
		]) {
			let error: unknown;
			try {
				yield* again() as Coroutine<unknown>;
			} catch (it) {
				error = it;
			}
			expect(error).toBeInstanceOf(CoroutineReusedError);
			expect((error as Error).message).toContain("greet");
		}
	});
	const awaited = coroutine(function* () {})();
	await awaited;
	expect(await rejectionOf(virtually(() => awaited))).toBeInstanceOf(CoroutineReusedError);
});

test("then may be called several times: it is one start", async () => {
	let begun = 0;
	const described = coroutine(function* () {
		begun++;
		yield* checkpoint();
		return begun;
	})();
	expect(await Promise.all([described, described, described.then((it) => it)])).toEqual([1, 1, 1]);
});

test("name, length and this are those of the generator function", async () => {
	const counter = {
		step: 2,
		add: coroutine(function* add(this: { step: number }, value: number): Generator<never, number, never> {
			return this.step + value;
		} as (value: number) => Generator<never, number, never>),
	};
	expect([greet.name, greet.length]).toEqual(["greet", 1]);
	expect(await virtually(() => counter.add(5))).toBe(7);
});

test("what is no generator function is refused", async () => {
	expect(() => coroutine(5 as never)).toThrow(/takes a generator function/);
	const plain = coroutine((() => 5) as never);
	expect(((await rejectionOf(virtually(plain))) as Error).message).toMatch(/gave no generator/);
});

test("errors pass the await chain as the same object, and can be caught on the way", async () => {
	const boom = new Error("boom");
	const fail = coroutine(function* () {
		yield* sleep(1);
		throw boom;
	});
	const middle = coroutine(function* () {
		yield* fail();
	});
	await virtually(function* () {
		try {
			yield* middle();
			expect.unreachable();
		} catch (error) {
			expect(error).toBe(boom);
		}
	});
});

test("yield of a promise is an error that names until(); finally runs, and it can be caught", async () => {
	const log: string[] = [];
	const wrong = coroutine(function* wrong(value: unknown): Generator<unknown, string, never> {
		try {
			yield value;
			log.push("not reached");
		} finally {
			yield* sleep(1);
			log.push("finally");
		}
		return "not reached";
	});
	const promised = (await rejectionOf(virtually(() => wrong(Promise.resolve())))) as Error;
	expect(promised).toBeInstanceOf(TypeError);
	expect(promised.message).toMatch(/wrong yielded a promise.*yield\* until\(promise\)/);
	for (const [value, text] of [
		[5, "5"],
		[undefined, "undefined"],
		["text", '"text"'],
		[{}, "an object"],
		[sleep, "the function sleep"],
	] as const) {
		const error = (await rejectionOf(virtually(() => wrong(value)))) as Error;
		expect(error.message).toContain(`wrong yielded ${text}`);
		expect(error.message).toContain("yield*");
	}
	expect(new Set(log)).toEqual(new Set(["finally"]));
});

test("yield of a coroutine, a task or a generator object, with the star forgotten, names the mend", async () => {
	function* generator(): Generator<never, void, never> {}
	for (const make of [() => greet("you"), () => sleep(1), () => generator()]) {
		const error = (await rejectionOf(
			virtually(function* (): Generator<unknown, void, never> {
				yield make();
			}, quietly),
		)) as Error;
		expect(error.message).toMatch(/use yield\* with/);
	}
});

test("iterating a coroutine by anything but yield* is an error that says so", async () => {
	for (const iterate of [
		() => [...(sleep(5) as unknown as Iterable<never>)],
		() => {
			for (const _ of sleep(5) as unknown as Iterable<never>);
		},
	]) {
		const error = (await rejectionOf(
			virtually(function* () {
				iterate();
				yield* sleep(10);
			}, quietly),
		)) as Error;
		expect(error.message).toContain("yield*");
	}
});

test("a coroutine that nobody awaits is reported when its scope ends, by name, and does not run", async () => {
	const reports: Report[] = [];
	await virtually(
		function* () {
			greet("nobody");
			yield* greet("you");
			yield* withTaskGroup((group) => void group.spawn(() => greet("the group")));
			yield* moveOnAfter(50, () => {
				sleep(5);
			});
			expect(reports.map(({ kind }) => kind)).toEqual(["never-awaited"]);
		},
		{ onReport: (report) => reports.push(report) },
	);
	expect(reports.map(({ error }) => (error as Error).name)).toEqual(["NeverAwaitedError", "NeverAwaitedError"]);
	expect(reports.map(({ error }) => /^\w+\(\)/.exec((error as Error).message)?.[0])).toEqual(["sleep()", "greet()"]);
});

test("yield* of a coroutine outside of a run says where it belongs", () => {
	expect(() => greet("you")[Symbol.iterator]().next()).toThrow(ScopeMisuseError);
});

test("100,000 nested calls neither overflow nor run slow, suspended or not", async () => {
	const nest = coroutine(function* (depth: number, bottom: () => Coroutine<void>): Generator<unknown, number, never> {
		if (depth === 0) {
			yield* bottom();
			return 0;
		}
		return 1 + (yield* nest(depth - 1, bottom));
	});
	const quick = coroutine(function* () {});
	expect(await virtually(() => nest(100_000, checkpoint))).toBe(100_000);
	expect(await virtually(() => nest(100_000, quick))).toBe(100_000);
});

test("100,000 nested calls can be cancelled, and every finally runs", async () => {
	let unwound = 0;
	const nest = coroutine(function* (depth: number): Generator<unknown, void, never> {
		try {
			if (depth === 0) yield* sleep(1_000);
			else yield* nest(depth - 1);
		} finally {
			unwound++;
		}
	});
	await virtually(() => moveOnAfter(5, () => nest(100_000)));
	expect(unwound).toBe(100_001);
});

test("a coroutine that is made in one run and awaited in another is a call of the other", async () => {
	const described = await virtually(function* () {
		yield* sleep(1);
		return [
			coroutine(function* () {
				yield* sleep(5);
				return now();
			})(),
		];
	}, quietly);
	expect(await virtually(() => described[0])).toBe(5);
});

test("a coroutine awaited by native code inside a run is a task of the scope where it was made", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(5, function* () {
			const slow = coroutine(function* () {
				try {
					yield* sleep(1_000);
				} finally {
					log.push("stopped");
				}
			})();
			yield* until(slow.then(() => log.push("not reached")));
		});
		expect([log, now()]).toEqual([["stopped"], 5]);
	});
});

test("a compiled function's corocall is its coroutine: nothing runs until it is awaited or spawned", async () => {
	const log: string[] = [];
	const work = compile<(value: string) => Promise<string>>(
		`async function main(value) { log.push("begins"); await checkpoint(); return value; }`,
		{ log },
	) as unknown as { [corocall](value: string): Coroutine<string> };
	await run(function* () {
		const described = work[corocall]("value");
		yield* checkpoint();
		expect(log).toEqual([]);
		expect(yield* described).toBe("value");
		expect(yield* withTaskGroup((group) => group.spawn(() => work[corocall]("spawned")))).toBe("spawned");
	});
	expect(log).toEqual(["begins", "begins"]);
});

test("a loop of calls that never suspend lets the host and other tasks have their turn", async () => {
	const log: string[] = [];
	const leaf = coroutine(function* (value: number) {
		return value + 1;
	});
	await run(() =>
		withTaskGroup(function* (group) {
			let turns = 0;
			setImmediate(() => turns++);
			group.spawn(() => void turns++);
			for (let value = 0; turns < 2; ) value = yield* leaf(value);
			log.push("went on");
		}),
	);
	expect(log).toEqual(["went on"]);
});

test("a call that a function forgets is reported, whether or not the function waits for anything", async () => {
	for (const source of [
		"async function main() { sleep(1); }",
		"async function main() { sleep(1); await checkpoint(); }",
	])
		for (const structure of ["function", "scope"] as const) {
			const reports: Report[] = [];
			await virtually(compile(source, {}, { structure }), { onReport: (report) => reports.push(report) });
			expect(reports.map(({ kind }) => kind)).toEqual(["never-awaited"]);
		}
});

test("a body gets exactly the arguments and the `this` of its call, whatever their number", async () => {
	const body = coroutine(function* (this: unknown, ..._args: unknown[]) {
		return [this, ...arguments];
	});
	const receiver = { body };
	const seen = await virtually(function* () {
		const calls: unknown[] = [];
		for (let count = 0; count < 5; count++) calls.push(yield* body(...[1, 2, 3, 4].slice(0, count)));
		calls.push(yield* body(undefined), yield* receiver.body(), yield* receiver.body(1));
		return calls;
	});
	expect(seen).toEqual([
		[undefined],
		[undefined, 1],
		[undefined, 1, 2],
		[undefined, 1, 2, 3],
		[undefined, 1, 2, 3, 4],
		[undefined, undefined],
		[receiver],
		[receiver, 1],
	]);
	const spawned = await virtually(() =>
		withTaskGroup(function* (group) {
			const tasks = [group.spawn(body), group.spawn(body, 1), group.spawn(body, 1, 2), group.spawn(body, undefined)];
			const outcomes: unknown[] = [];
			for (const task of tasks) outcomes.push(yield* task);
			return outcomes;
		}),
	);
	expect(spawned).toEqual([[undefined], [undefined, 1], [undefined, 1, 2], [undefined, undefined]]);
});
