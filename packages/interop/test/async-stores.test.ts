// What is kept of a value that follows the computation, on every host: in the stores of AsyncLocalStorage as frameworks and loggers
// use them, and in context variables, which need no host.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { Effect } from "effect";
import { run as runOperation, sleep as sleepOperation } from "effection";
import {
	type Awaitable,
	all,
	ContextVar,
	type Coroutine,
	checkpoint,
	coroutine,
	createChannel,
	Event,
	fromCallback,
	Lock,
	map,
	memoize,
	openPortal,
	race,
	retry,
	run,
	sleep,
	toCallback,
	toPromise,
	until,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { events, fromAsyncIterable, toAsyncIterable, toReadableStream } from "holdfast/streams";
import { runSaga } from "redux-saga";
import { call } from "redux-saga/effects";
import { firstValueFrom, interval, lastValueFrom } from "rxjs";
import { describe, expect, test } from "vitest";
import { compile } from "../../holdfast/test/compile.ts";
import { quietly } from "../../holdfast/test/virtually.ts";
import { fromEffect, toEffect } from "../src/effect.ts";
import { fromOperation, toOperation } from "../src/effection.ts";
import { fromSaga, toSaga } from "../src/redux-saga.ts";
import { fromObservable, toObservable } from "../src/rxjs.ts";

let made: AsyncLocalStorage<string> | undefined;

/** A store that is made when a test uses it: not every host has one. */
const store = {
	get kept(): AsyncLocalStorage<string> {
		made ??= new AsyncLocalStorage<string>();
		return made;
	},
	getStore: (): string | undefined => store.kept.getStore(),
	run: <T>(value: string | undefined, fn: () => T): T => store.kept.run(value as string, fn),
	exit: <T>(fn: () => T): T => store.kept.exit(fn),
	enterWith: (value: string): void => store.kept.enterWith(value),
};

/** What carries a value: a store of the host, or a context variable. */
interface Carrier {
	get(): string;
	/** Calls a function that starts a task, with a value. */
	with<T>(value: string, start: () => T): T;
}

function storeCarrier(): Carrier {
	const store = new AsyncLocalStorage<string>();
	return {
		get: () => store.getStore() ?? "none",
		with: (value, start) => store.run(value, start),
	};
}

function variableCarrier(): Carrier {
	const variable = new ContextVar<string>("value", { default: "none" });
	return {
		get: () => variable.get(),
		with(value, start) {
			const token = variable.set(value);
			try {
				return start();
			} finally {
				variable.reset(token);
			}
		},
	};
}

/** A wait of somebody else, in which nothing of the waiting task is to be seen. */
const nobodys = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const numbers = async function* (): AsyncGenerator<number> {
	for (const number of [1, 2]) {
		await nobodys();
		yield number;
	}
};

let shared: Promise<void> | undefined;

/** Ways to wait, each of which is to bring a task back to its own value. */
const waits: Record<string, () => Awaitable<unknown>> = {
	sleep: () => sleep(1),
	checkpoint: () => checkpoint(),
	"a promise": () => until(nobodys()),
	"a promise that others wait for": () => until((shared ??= nobodys())),
	"a timeout": () => withTimeout(1_000, () => sleep(1)),
	"a task group": () => withTaskGroup((group) => group.spawn(() => sleep(1))),
	"all, race, map": function* () {
		yield* all([() => sleep(1), () => sleep(1)]);
		yield* race([() => sleep(1), () => sleep(50)]);
		yield* map([1, 2, 3], () => sleep(1), { concurrency: 2 });
	},
	"retry, after a failure": () => {
		let failures = 0;
		return retry(
			function* () {
				yield* sleep(1);
				if (failures++ === 0) throw new Error("once");
			},
			{ attempts: 2, delay: 1 },
		);
	},
	"a callback": () => fromCallback<void>((done) => void setTimeout(done, 1, null)),
	"a stream of Observable's": function* () {
		for (const stream = fromObservable(interval(1)); !(yield* stream.next()).done; ) {
			yield* stream.close();
			break;
		}
	},
	"an async iterable": function* () {
		const stream = fromAsyncIterable(numbers());
		while (!(yield* stream.next()).done);
	},
	"an event": function* () {
		const target = new EventTarget();
		setTimeout(() => target.dispatchEvent(new globalThis.Event("done")), 1);
		yield* events(target, "done").next();
	},
	"an Effect": () => fromEffect(Effect.sleep(1)),
	"an operation of Effection": () => fromOperation(sleepOperation(1)),
	"a saga": () =>
		fromSaga({}, function* () {
			yield nobodys();
		}),
};

const carriers = { "a store of AsyncLocalStorage": storeCarrier, "a context variable": variableCarrier };

for (const [name, make] of Object.entries(carriers)) {
	describe(name, () => {
		for (const [wait, body] of Object.entries(waits))
			test(`is the task's own after it has waited for ${wait}`, async () => {
				const carrier = make();
				const seen: string[] = [];
				await run(() =>
					withTaskGroup((group) => {
						for (const value of ["a", "b", "c"])
							carrier.with(value, () =>
								group.spawn(function* () {
									for (let round = 0; round < 2; round++) {
										yield* withTaskGroup(body);
										seen.push(`${value} ${carrier.get()}`);
									}
								}),
							);
					}),
				);
				expect(seen.sort()).toEqual(["a a", "a a", "b b", "b b", "c c", "c c"]);
			});

		test("is the receiver's own after a value has come through a channel, a lock was handed on, an event was set", async () => {
			const carrier = make();
			const seen: string[] = [];
			const look = (what: string): void => void seen.push(`${what}: ${carrier.get()}`);
			const { sender, receiver } = createChannel<number>(0);
			const event = new Event();
			const lock = new Lock();
			await run(() =>
				withTaskGroup((group) => {
					carrier.with("server", () =>
						group.spawn(function* () {
							yield* receiver.receive();
							look("received");
							yield* event.wait();
							look("told");
							yield* lock.with(() => look("locked"));
						}),
					);
					carrier.with("client", () =>
						group.spawn(function* () {
							yield* lock.acquire();
							yield* sender.send(1);
							look("sent");
							yield* checkpoint();
							event.set();
							yield* checkpoint();
							lock.release();
							look("released");
						}),
					);
				}),
			);
			expect(seen.sort()).toEqual([
				"locked: server",
				"received: server",
				"released: client",
				"sent: client",
				"told: server",
			]);
		});

		test("is that of whoever starts a task; a shared call has that of the first to ask", async () => {
			const carrier = make();
			const seen: string[] = [];
			const load = memoize(function* (_key: string) {
				yield* sleep(1);
				return carrier.get();
			});
			await run(() =>
				withTaskGroup(function* (group) {
					for (const value of ["first", "second"])
						carrier.with(value, () =>
							group.spawn(function* () {
								const loaded = yield* load("key");
								seen.push(`${carrier.get()} ${loaded}`);
								yield* withTaskGroup((inner) => inner.spawn(() => void seen.push(`child of ${carrier.get()}`)));
							}),
						);
					yield* sleep(1);
					seen.push(`body ${carrier.get()}`);
				}),
			);
			expect(seen.sort()).toEqual(["body none", "child of first", "child of second", "first first", "second first"]);
		});

		test("holds across the awaits of compiled code, and in its generators", async () => {
			const carrier = make();
			const main = compile<() => Promise<string[]>>(
				`const seen = [];
				async function* pages() { for (const page of [1, 2]) { await sleep(1); yield page + carrier.get(); } }
				async function request(id) {
					await sleep(1);
					for await (const page of pages()) seen.push(page + carrier.get());
					await Promise.all([leaf(), leaf()]);
				}
				async function leaf() { await sleep(1); seen.push(carrier.get()); }
				async function main() {
					await Promise.all(["a", "b"].map((id) => carrier.with(id, () => request(id))));
					seen.push(carrier.get());
					return seen.sort();
				}`,
				{ carrier },
			);
			expect(await run(main)).toEqual(["1aa", "1bb", "2aa", "2bb", "a", "a", "b", "b", "none"]);
		});

		/** Ways out: somebody else starts what was made of our call. */
		const ways: Record<string, (work: () => Awaitable<string>) => () => Promise<string>> = {
			toPromise: (work) => () => toPromise(work),
			toCallback: (work) => () =>
				new Promise((resolve, reject) => {
					toCallback(work)((error, value) => (error === null ? resolve(value as string) : reject(error)));
				}),
			toObservable: (work) => () => firstValueFrom(toObservable(work)),
			toEffect: (work) => () => Effect.runPromise(toEffect(work)),
			toOperation: (work) => async () => runOperation(() => toOperation(work)),
			toSaga: (work) => () =>
				runSaga({}, function* () {
					return yield call(toSaga(work) as never);
				}).toPromise(),
			"a coroutine that native code awaits": (work) => async () =>
				coroutine(work as () => Generator<never, string>)() as Coroutine<string>,
		};
		for (const [way, convert] of Object.entries(ways))
			test(`is what it was where ${way} was called`, async () => {
				const carrier = make();
				const work = function* (): Generator<never, string, unknown> {
					const before = carrier.get();
					yield* sleep(1);
					return `${before} ${carrier.get()}`;
				};
				const seen = await run(function* () {
					return yield* withTaskGroup(function* (group) {
						const tasks = ["a", "b"].map((value) =>
							carrier.with(value, () => group.spawn(() => until(convert(work)()))),
						);
						const values: string[] = [];
						for (const task of tasks) values.push(yield* task);
						return values;
					});
				});
				expect(seen).toEqual(["a a", "b b"]);
			});
	});
}

describe("a store that native code has set", () => {
	const work = function* (): Generator<never, string, unknown> {
		const before = store.getStore();
		yield* sleep(1);
		yield* withTaskGroup((group) => group.spawn(() => sleep(1)));
		return `${before} ${store.getStore()}`;
	};
	const compiled = compile<() => Promise<string>>(
		`async function main() { const before = store.getStore(); await sleep(1); await Promise.all([sleep(1)]); return before + " " + store.getStore(); }`,
		{ store },
	);
	const entries: Record<string, () => Promise<string>> = {
		run: () => run(work),
		"a compiled function": () => compiled(),
		"run of a native function": () =>
			run(async () => {
				const before = store.getStore();
				await sleep(1);
				await nobodys();
				return `${before} ${store.getStore()}`;
			}, quietly),
		toPromise: () => toPromise(work),
		toCallback: () =>
			new Promise((resolve) => {
				toCallback(work)((_error, value) => resolve(value as string));
			}),
		"toObservable, subscribed": () => lastValueFrom(toObservable(work)),
		"toEffect, run": () => Effect.runPromise(toEffect(work)),
		"toOperation, run": async () => runOperation(() => toOperation(work)),
		"toSaga, run": () =>
			runSaga({}, function* () {
				return yield call(toSaga(work) as never);
			}).toPromise(),
	};
	for (const [name, enter] of Object.entries(entries))
		test(`is seen inside, before and after waits: ${name}`, async () => {
			const both = await Promise.all(["a", "b"].map((value) => store.run(value, enter)));
			expect(both).toEqual(["a a", "b b"]);
			expect(store.getStore()).toBeUndefined();
		});

	test("is seen by what a portal starts: that of the caller, not of the run", async () => {
		const seen = await run(() => {
			const portal = openPortal();
			const started = (value: string): Promise<string> =>
				new Promise((done, failed) => store.run(value, () => portal.start(work, { done, failed })));
			return all(["a", "b"].map((value) => started(value)));
		});
		expect(seen).toEqual(["a a", "b b"]);
	});

	test("a stream that it reads has the context variables of the place of the conversion, and the reader's store", async () => {
		const variable = new ContextVar<string>("place", { default: "none" });
		let seen: string[] = [];
		const look = (): void => void seen.push(`${variable.get()} ${store.getStore()}`);
		const pages = compile<() => Promise<AsyncIterable<number>>>(
			`async function* pages() { for (const page of [1, 2]) { look(); await sleep(1); look(); yield page; } }
			async function main() { return pages(); }`,
			{ look },
		);
		for (const convert of [toReadableStream, toAsyncIterable]) {
			seen = [];
			await run(function* () {
				variable.set("converted");
				const source = yield* until(pages());
				const stream = store.run("converter", () => convert(source) as AsyncIterable<number>);
				yield* until(
					store.run("reader", async () => {
						for await (const _ of stream) await nobodys();
					}),
				);
			});
			expect(seen.map((line) => line.split(" ")[0])).toEqual(new Array(4).fill("converted"));
		}
		// A ReadableStream pulls ahead, in a context of the host's choice.
		expect(seen).toEqual(new Array(4).fill("converted reader"));
	});
});

describe("the methods of a store, inside of tasks", () => {
	const read = (): string => store.getStore() ?? "none";

	/** Runs in a task that has the store "task", beside one that has another and is awake as often. */
	const inTask = (body: () => Awaitable<unknown>): Promise<unknown> =>
		run(() =>
			withTaskGroup(function* (group) {
				store.run("other", () =>
					group.spawn(function* () {
						for (let turn = 0; turn < 20; turn++) yield* checkpoint();
						expect(read()).toBe("other");
					}),
				);
				return yield* store.run("task", () => group.spawn(body));
			}),
		);

	for (const [way, leave] of [
		["exit", <T>(fn: () => T) => store.exit(fn)],
		["run(undefined)", <T>(fn: () => T) => store.run(undefined, fn)],
	] as const)
		test(`${way}: what is started inside has none; the task goes on with its own`, async () => {
			const seen = await inTask(function* () {
				const child = yield* withTaskGroup((group) =>
					leave(() =>
						group.spawn(function* () {
							yield* checkpoint();
							return read();
						}),
					),
				);
				yield* checkpoint();
				return [child, read()];
			});
			expect(seen).toEqual(["none", "task"]);
		});

	test("enterWith: for the rest of the task, its later children, and no one else", async () => {
		let after: Promise<string> | undefined;
		const seen = await inTask(function* () {
			yield* checkpoint();
			store.enterWith("entered");
			yield* sleep(1);
			const child = yield* withTaskGroup((group) =>
				group.spawn(function* () {
					yield* checkpoint();
					return read();
				}),
			);
			after = Promise.resolve().then(read);
			return [read(), child];
		});
		expect(seen).toEqual(["entered", "entered"]);
		expect(await after).toBe("entered");
		expect(read()).toBe("none");
	});

	test("snapshot: brings its place back, wherever it is called, and only while it runs", async () => {
		const seen = await inTask(function* () {
			yield* checkpoint();
			const back = AsyncLocalStorage.snapshot() as <T>(fn: () => T) => T;
			return yield* withTaskGroup((group) =>
				store.run("elsewhere", () =>
					group.spawn(function* () {
						yield* checkpoint();
						const inside = back(read);
						const started = back(() =>
							group.spawn(function* () {
								yield* checkpoint();
								return read();
							}),
						);
						yield* checkpoint();
						return [inside, yield* started, read()];
					}),
				),
			);
		});
		expect(seen).toEqual(["task", "task", "elsewhere"]);
	});

	test("bind, of AsyncLocalStorage and of AsyncResource: a callback that is called later has the store of its place", async () => {
		const seen = await inTask(function* () {
			yield* checkpoint();
			const bound = [AsyncLocalStorage.bind(read), AsyncResource.bind(read)] as (() => string)[];
			return yield* until(new Promise((resolve) => setTimeout(() => resolve(bound.map((fn) => fn())), 1)));
		});
		expect(seen).toEqual(["task", "task"]);
	});

	test("run, nested: each goes back to what was around it", async () => {
		const main = compile<() => Promise<string[]>>(
			`async function main() {
				const seen = [];
				await store.run("outer", async () => {
					await sleep(1);
					await store.run("inner", async () => { await sleep(1); seen.push(read()); });
					seen.push(read());
				});
				seen.push(read());
				return seen;
			}`,
			{ store, read },
		);
		expect(await inTask(main)).toEqual(["inner", "outer", "task"]);
	});
});
