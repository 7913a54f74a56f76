import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { quietly, rejectionOf, virtually } from "../test/virtually.ts";
import { withTaskGroup } from "./group.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { moveOnAfter, withCancelScope, withTimeout } from "./scopes.ts";
import { now, sleep, sleepForever } from "./sleep.ts";

// Calls across the ways of writing a coroutine, in scopes that are cancelled: the callee's cleanup is waited for.

test("yield* of a compiled call in a cancelled scope waits for the call's cleanup", async () => {
	const log: unknown[] = [];
	const callee = compile(
		`async function main() { try { await sleepForever(); } finally { log.push("begins"); await sleep(5); log.push("ends"); } }`,
		{ log },
		{ structure: "scope" },
	);
	await virtually(function* () {
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			try {
				yield* callee() as unknown as Generator<never, void, unknown>;
				log.push("never");
			} finally {
				log.push("caller");
			}
		});
		log.push(now());
	});
	expect(log).toEqual(["begins", "ends", "caller", 5]);
});

test("a task cancelled before it begins takes a compiled call along", async () => {
	const log: unknown[] = [];
	const callee = compile(`async function main() { try { await sleep(100); } finally { log.push("callee"); } }`, {
		log,
	});
	await virtually(() =>
		withTaskGroup((group) => {
			group
				.spawn(function* () {
					yield* callee() as unknown as Generator<never, void, unknown>;
				})
				.cancel();
		}),
	);
	expect(log).toEqual(["callee"]);
});

test("await using is protected in a task that was cancelled by itself and by its group", async () => {
	const log: unknown[] = [];
	const disposing = compile(
		`async function main() {
			await using resource = { async [Symbol.asyncDispose]() { log.push("disposing"); await sleep(5); log.push("disposed"); } };
			await sleepForever();
		}`,
		{ log },
		{ structure: "scope" },
	);
	await virtually(() =>
		moveOnAfter(10, () =>
			withTaskGroup(function* (group) {
				const task = group.spawn(disposing);
				yield* sleep(1);
				task.cancel();
				group.cancel();
			}),
		),
	);
	expect(log).toEqual(["disposing", "disposed"]);
});

test("so is what a finally block starts without awaiting it", async () => {
	const log: unknown[] = [];
	const work = compile(
		`async function closing() { await sleep(5); log.push("closed"); }
		async function main() { try { await sleepForever(); } finally { void closing(); } }`,
		{ log },
		{ structure: "scope" },
	);
	await virtually(() =>
		withTaskGroup(function* (group) {
			const task = group.spawn(work);
			yield* sleep(1);
			task.cancel();
			group.cancel();
		}),
	);
	expect(log).toEqual(["closed"]);
});

test("an error of a native body's cleanup keeps the TimeoutError", async () => {
	const failure = new Error("cleanup");
	const error = await rejectionOf(
		virtually(
			() =>
				withTimeout(10, async () => {
					try {
						await sleepForever();
					} finally {
						// biome-ignore lint/correctness/noUnsafeFinally: the error of a cleanup is the case
						throw failure;
					}
				}),
			quietly,
		),
	);
	expect(error).toBe(failure);
	expect(suppressedErrors(failure).map((other) => (other as Error).name)).toEqual(["TimeoutError"]);
});

test("a call stopped with its caller's scope has the grace of the scope that was cancelled", async () => {
	const callee = compile(
		`async function main() { try { await sleepForever(); } finally { await sleepForever(); } }`,
		{},
		{
			structure: "scope",
		},
	);
	const ended = await virtually(function* () {
		yield* withCancelScope({ grace: 100, timeout: 10 }, function* () {
			yield* withCancelScope({ grace: 7 }, function* () {
				yield* callee() as unknown as Generator<never, void, unknown>;
			});
		});
		return now();
	});
	expect(ended).toBe(110);
});

test("what is thrown may refuse to be looked at", async () => {
	const { proxy, revoke } = Proxy.revocable(new Error("hidden"), {});
	let thrown: { readonly error: unknown } | undefined;
	try {
		await virtually(
			() =>
				withTaskGroup((group) => {
					group.spawn(function* () {
						yield* sleep(1);
						revoke();
						throw proxy;
					});
				}),
			quietly,
		);
	} catch (error) {
		thrown = { error };
	}
	expect(thrown?.error === proxy).toBe(true);
});
