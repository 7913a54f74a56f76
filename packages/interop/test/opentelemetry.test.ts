import {
	type Context,
	type ContextManager,
	context,
	diag,
	ROOT_CONTEXT,
	SpanStatusCode,
	trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
	BasicTracerProvider,
	InMemorySpanExporter,
	type ReadableSpan,
	SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import {
	type Awaitable,
	ContextVar,
	cleanup,
	createChannel,
	type Report,
	type RunOptions,
	run,
	sleep,
	sleepForever,
	type Task,
	type TaskGroup,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { VirtualLoop } from "holdfast/loops";
import { afterEach, describe, expect, test } from "vitest";
import { compile } from "../../holdfast/test/compile.ts";
import { contextManager, type OpenTelemetryOptions, openTelemetry } from "../src/opentelemetry.ts";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer("test");

afterEach(() => {
	exporter.reset();
	context.disable();
	diag.disable();
});

/** Runs with spans, on virtual time; an error of the run is thrown after its spans have been kept. */
function traced<T>(main: () => Awaitable<T>, options: RunOptions & { spans?: OpenTelemetryOptions } = {}): Promise<T> {
	const { spans, ...others } = options;
	return run(main, { loop: new VirtualLoop(), instruments: [openTelemetry({ tracer, ...spans })], ...others });
}

/** The spans that have ended, as lines of a tree: a child stands further in than its parent, in the order of their starts. */
function tree(show: (span: ReadableSpan) => string = (span) => span.name): string[] {
	const spans = exporter.getFinishedSpans();
	const order = (a: ReadableSpan, b: ReadableSpan): number => started.indexOf(a.name) - started.indexOf(b.name);
	const started = [...new Set(spans.map((span) => span.name))].sort();
	const ids = spans.map((span) => span.spanContext().spanId);
	expect(new Set(ids).size).toBe(ids.length);
	const lines: string[] = [];
	const add = (parent: string | undefined, indent: string): void => {
		const children = spans.filter(({ parentSpanContext }) =>
			parent === undefined
				? parentSpanContext === undefined || !ids.includes(parentSpanContext.spanId)
				: parentSpanContext?.spanId === parent,
		);
		for (const span of children.sort(order)) {
			lines.push(indent + show(span));
			add(span.spanContext().spanId, `${indent}  `);
		}
	};
	add(undefined, "");
	return lines;
}

function spanOf(name: string): ReadableSpan {
	const span = exporter.getFinishedSpans().find((candidate) => candidate.name === name);
	if (span === undefined) throw new Error(`No span ${name} has ended; there are ${tree().join(", ")}.`);
	return span;
}

/** Ended by the tests: workerd does not have `AsyncLocalStorage.disable()`. */
class StorageManager extends AsyncLocalStorageContextManager {
	override disable(): this {
		return this;
	}
}

const managers: Record<string, () => ContextManager> = {
	"the manager of the Node SDK": () => new StorageManager(),
	"contextManager()": contextManager,
};

function use(manager: () => ContextManager): void {
	context.setGlobalContextManager(manager().enable());
}

const nothing = (): void => {};

describe("parents, whatever context manager there is", () => {
	const all = { ...managers, "no manager": undefined };
	describe.each(Object.entries(all))("%s", (_name, manager) => {
		test("a task stands under what has started it: the run, a task, the innermost group", async () => {
			if (manager !== undefined) use(manager);
			await traced(
				function* () {
					yield* withTaskGroup(
						function* (outer) {
							outer.spawn(function* a() {
								yield* sleep(1);
								yield* withTaskGroup(
									function* (inner) {
										inner.spawn(function* a2() {
											yield* sleep(1);
										});
										yield* sleep(1);
										outer.spawn(function* a3() {});
									},
									{ name: "inner" },
								);
								outer.spawn(function* a4() {});
							});
							yield* sleep(5);
							outer.spawn(function* b() {});
						},
						{ name: "outer" },
					);
					yield* withTaskGroup(nothing, { name: "second" });
				},
				{ name: "job" },
			);
			expect(tree()).toEqual([
				"job",
				"  outer",
				"    a",
				"      a4",
				"      inner",
				"        a2",
				"        a3",
				"    b",
				"  second",
			]);
		});

		test("so in compiled code, where calls without await are tasks", async () => {
			if (manager !== undefined) use(manager);
			const main = compile(`
				async function leaf() { await sleep(1); }
				async function branch() { await sleep(1); await Promise.all([leaf()]); }
				async function main() {
					await sleep(1);
					const started = branch();
					await withTaskGroup(async (group) => { await sleep(1); group.spawn(leaf); });
					await started;
				}`);
			await traced(main, { name: "job" });
			expect(tree()).toEqual(["job", "  branch", "    leaf", "  task group", "    leaf"]);
		});

		test("a run that is started where a span is active stands under it", async () => {
			if (manager === undefined) return;
			use(manager);
			await tracer.startActiveSpan("request", async (span) => {
				await Promise.all([traced(() => sleep(1), { name: "a" }), traced(() => sleep(1), { name: "b" })]);
				span.end();
			});
			// A host without async contexts has nothing that would hold across the first await; both began before it.
			expect(tree()).toEqual(["request", "  a", "  b"]);
		});
	});
});

describe.each(Object.entries(managers))("spans that others make, with %s", (_name, manager) => {
	test("stand under the task or group in which they are made, and above the tasks that are started inside", async () => {
		use(manager);
		const main = compile(
			`async function query() { await sleep(1); tracer.startSpan("statement").end(); }
			async function work() {
				await sleep(1);
				await tracer.startActiveSpan("transaction", async function steps(span) {
					await sleep(1);
					await query();
					await Promise.all([query(), query()]);
					span.end();
				});
				tracer.startSpan("after").end();
			}
			async function main() {
				await withTaskGroup(async (group) => {
					await sleep(1);
					group.spawn(work);
					tracer.startSpan("in the group").end();
				});
				await sleep(1);
				tracer.startSpan("in the run").end();
			}`,
			{ tracer },
		);
		await traced(main, { name: "job" });
		expect(tree()).toEqual([
			"job",
			"  in the run",
			"  task group",
			"    in the group",
			"    work",
			"      after",
			"      transaction",
			"        steps",
			"          query",
			"            statement",
			"          query",
			"            statement",
			"          statement",
		]);
	});

	test("in generators", async () => {
		use(manager);
		await traced(
			function* () {
				yield* withTaskGroup(function* (group) {
					yield* sleep(1);
					tracer.startActiveSpan("parent", (span) => {
						group.spawn(function* child() {
							yield* sleep(1);
							tracer.startSpan("leaf").end();
							span.end();
						});
					});
					tracer.startSpan("beside").end();
				});
			},
			{ name: "job" },
		);
		expect(tree()).toEqual(["job", "  task group", "    beside", "    parent", "      child", "        leaf"]);
	});

	test("a value's receiver goes on in its own context, not in the sender's", async () => {
		use(manager);
		await traced(
			() => {
				const { sender, receiver } = createChannel<number>(0);
				return withTaskGroup(
					(group) => {
						group.spawn(function* consumer() {
							for (let count = 0; count < 2; count++) {
								const value = yield* receiver.receive();
								tracer.startSpan(`received ${value}`).end();
							}
						});
						group.spawn(function* producer() {
							for (let count = 0; count < 2; count++) yield* sender.send(count);
							tracer.startSpan("sent").end();
						});
					},
					{ name: "pipe" },
				);
			},
			{ name: "job" },
		);
		expect(tree()).toEqual([
			"job",
			"  pipe",
			"    consumer",
			"      received 0",
			"      received 1",
			"    producer",
			"      sent",
		]);
	});

	test("baggage and other values of a context reach tasks, and what a task sets stays its own", async () => {
		use(manager);
		const key = Symbol("tenant");
		const seen: unknown[] = [];
		const look = (): void => void seen.push(context.active().getValue(key));
		await traced(
			function* () {
				yield* withTaskGroup(function* (group) {
					for (const tenant of ["a", "b"])
						context.with(context.active().setValue(key, tenant), () =>
							group.spawn(function* () {
								yield* sleep(1);
								look();
								yield* withTaskGroup((inner) => inner.spawn(look));
							}),
						);
					yield* sleep(2);
					look();
				});
				look();
			},
			{ name: "job" },
		);
		expect(seen).toEqual(["a", "b", "a", "b", undefined, undefined]);
	});

	test("without the instrument, contexts hold across awaits all the same", async () => {
		use(manager);
		const main = compile(
			`async function request(name) {
				await tracer.startActiveSpan(name, async (span) => {
					await sleep(1);
					await withTimeout(50, async () => { await sleep(1); tracer.startSpan(name + "'s").end(); });
					span.end();
				});
			}
			async function main() { await Promise.all([request("a"), request("b")]); }`,
			{ tracer },
		);
		await run(main, { loop: new VirtualLoop() });
		expect(tree()).toEqual(["a", "  a's", "b", "  b's"]);
	});

	test("nothing stays active after the run", async () => {
		use(manager);
		await traced(() => withTaskGroup((group) => group.spawn(() => sleep(1))));
		expect(context.active()).toBe(ROOT_CONTEXT);
	});
});

describe("the end of a span", () => {
	const ends = (): string[] =>
		tree(
			({ name, status, attributes, events }) =>
				`${name}: ${SpanStatusCode[status.code]}${events.map((event) => ` ${event.name}`).join("")}${
					attributes["holdfast.cancelled"] === true ? ` cancelled ${attributes["holdfast.cancellation.kind"]}` : ""
				}`,
		);

	test("a failure is recorded in the task, the group and the run that it has ended; siblings are cancelled", async () => {
		const error = new TypeError("no such order");
		const failed = traced(
			() =>
				withTaskGroup((group) => {
					group.spawn(function* failing() {
						yield* sleep(1);
						throw error;
					});
					group.spawn(function* sibling() {
						yield* sleepForever();
					});
				}),
			{ name: "job" },
		);
		await expect(failed).rejects.toBe(error);
		expect(ends()).toEqual([
			"job: ERROR exception",
			"  task group: ERROR exception",
			"    failing: ERROR exception",
			"    sibling: UNSET cancelled sibling",
		]);
		const { status, events } = spanOf("failing");
		expect(status.message).toBe("no such order");
		expect(events[0]?.attributes).toMatchObject({
			"exception.type": "TypeError",
			"exception.message": "no such order",
		});
	});

	test("what is thrown and is no error is recorded by its text", async () => {
		for (const thrown of ["text", undefined, Object.create(null)])
			await traced(() => Promise.reject(thrown), { name: "job" }).catch(nothing);
		expect(exporter.getFinishedSpans().map(({ status }) => status)).toEqual([
			{ code: SpanStatusCode.ERROR, message: "text" },
			{ code: SpanStatusCode.ERROR, message: "undefined" },
			{ code: SpanStatusCode.ERROR, message: "object" },
		]);
	});

	test("a cancelled task says by whom and why, and ends when its cleanup has", async () => {
		await traced(
			function* () {
				yield* withTaskGroup(function* (group) {
					const tasks = [
						group.spawn(function* cleaning() {
							try {
								yield* sleepForever();
							} finally {
								yield* cleanup(() => sleep(7));
								tracer.startSpan("cleaned").end();
							}
						}),
						// Cancelled before its first step.
						group.spawn(function* unbegun() {
							yield* sleepForever();
						}),
					];
					tasks[1]?.cancel("not needed");
					yield* sleep(1);
					for (let count = 0; count < 3; count++) tasks[0]?.cancel("the user left");
				});
			},
			{ name: "job" },
		);
		expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([
			"unbegun",
			"cleaned",
			"cleaning",
			"task group",
			"job",
		]);
		expect(spanOf("cleaning").attributes).toMatchObject({
			"holdfast.kind": "task",
			"holdfast.cancelled": true,
			"holdfast.cancellation.kind": "explicit",
			"holdfast.cancellation.text": "the user left",
		});
		expect(spanOf("cleaning").status.code).toBe(SpanStatusCode.UNSET);
	});

	test("a group that is cancelled, or whose deadline passes, is no failure", async () => {
		await traced(
			function* () {
				yield* withTaskGroup(
					function* (group) {
						group.cancel("enough");
						yield* sleep(1);
					},
					{ name: "cancelled" },
				);
				try {
					yield* withTimeout(5, () => withTaskGroup(() => sleepForever(), { name: "late" }));
				} catch {}
				yield* withTaskGroup(
					function* (group) {
						group.spawn(function* service() {
							yield* sleepForever();
						});
						yield* sleep(1);
						group.cancel();
						return 1;
					},
					{ name: "served" },
				);
			},
			{ name: "job" },
		);
		expect(ends()).toEqual([
			"job: UNSET",
			"  cancelled: UNSET cancelled explicit",
			"  late: UNSET cancelled deadline",
			"  served: UNSET cancelled undefined",
			"    service: UNSET cancelled explicit",
		]);
	});

	test("a run that is stopped from outside ends all spans, once", async () => {
		const controller = new AbortController();
		const stopped = traced(
			() =>
				withTaskGroup((group) => {
					group.spawn(function* a() {
						yield* sleepForever();
					});
					group.spawn(function* b() {
						yield* sleep(1);
						controller.abort();
					});
				}),
			{ name: "job", signal: controller.signal },
		);
		await expect(stopped).rejects.toThrow();
		expect(ends()).toEqual([
			"job: UNSET cancelled signal",
			"  task group: UNSET cancelled signal",
			"    a: UNSET cancelled signal",
			"    b: UNSET",
		]);
	});

	test("a run in which nothing can go on any more ends those of what it has given up", async () => {
		const stuck = traced(
			function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => withTaskGroup(() => sleepForever(), { name: "stuck", grace: Number.POSITIVE_INFINITY }));
				}
			},
			{ name: "job", grace: Number.POSITIVE_INFINITY, onReport: nothing },
		);
		await expect(stuck).rejects.toThrow(/DeadlockError|waits|nothing/i);
		expect(
			exporter
				.getFinishedSpans()
				.map(({ name }) => name)
				.sort(),
		).toEqual(["job", "stuck"]);
	});
});

describe("options", () => {
	const main = (): Awaitable<unknown> =>
		withTaskGroup(
			(group) => {
				group.spawnWith({ name: "health check" }, () => withTaskGroup((inner) => inner.spawn(function* leaf() {})));
				group.spawnWith({ name: "order" }, nothing);
				group.spawn(() => {});
			},
			{ name: "requests" },
		);

	test.each(Object.entries({ ...managers, "no manager": undefined }))(
		"what is left out is passed over: its tasks stand under what is around it, with %s",
		async (_name, manager) => {
			if (manager !== undefined) use(manager);
			await traced(main, { name: "job", spans: { tasks: (task) => task.name !== "health check" } });
			expect(tree()).toEqual(["job", "  requests", "    order", "    task", "    task group", "      leaf"]);
			exporter.reset();
			await traced(main, { spans: { runs: false, tasks: false, groups: (group) => group.name !== "" } });
			expect(tree()).toEqual(["requests"]);
			exporter.reset();
			await traced(main, { name: "job", spans: { groups: false } });
			expect(tree()).toEqual(["job", "  health check", "    leaf", "  order", "  task"]);
		},
	);

	test("tasks tells by name and parent, and attributes are added", async () => {
		const asked: unknown[] = [];
		await traced(main, {
			name: "job",
			spans: {
				tasks: (task: Task, parent?: Task) => asked.push([task.name, parent?.name]) > 0,
				attributes: (subject: Task | TaskGroup) => ({ "app.name": subject.name, "holdfast.kind": "forged" }),
			},
		});
		expect(asked.slice(0, 2)).toEqual([
			["health check", "job"],
			["order", "job"],
		]);
		expect(spanOf("order").attributes).toEqual({
			"app.name": "order",
			"holdfast.kind": "task",
			"holdfast.task.id": expect.any(Number),
		});
		expect(spanOf("requests").attributes).toEqual({ "app.name": "requests", "holdfast.kind": "group" });
		expect(spanOf("job").attributes).toMatchObject({ "holdfast.kind": "run" });
	});

	test("a task that is to be a root begins a trace of its own, linked to what is around it", async () => {
		use(contextManager);
		await traced(main, { name: "job", spans: { tasks: (task) => (task.name === "health check" ? "root" : true) } });
		expect(tree()).toEqual(["health check", "  task group", "    leaf", "job", "  requests", "    order", "    task"]);
		const [root, outer] = [spanOf("health check"), spanOf("requests")];
		expect(root.spanContext().traceId).not.toBe(outer.spanContext().traceId);
		expect(root.links.map(({ context }) => context.spanId)).toEqual([outer.spanContext().spanId]);
	});

	test("the global tracer provider is used if none is given; without one nothing is made and nothing fails", async () => {
		await run(main, { instruments: [openTelemetry()] });
		expect(tree()).toEqual([]);
		trace.setGlobalTracerProvider(provider);
		try {
			await run(main, { instruments: [openTelemetry({ tasks: false })], name: "job" });
		} finally {
			trace.disable();
		}
		expect(tree()).toEqual(["job", "  requests", "    task group"]);
	});

	test("one instrument serves many runs at once", async () => {
		use(managers["the manager of the Node SDK"] as () => ContextManager);
		const instruments = [openTelemetry({ tracer })];
		await Promise.all(
			["a", "b", "c"].map((name) =>
				run(
					() =>
						withTaskGroup(
							(group) => {
								group.spawnWith({ name: `${name}1` }, () => sleep(1));
							},
							{ name: `${name}0` },
						),
					{ name, instruments, loop: new VirtualLoop() },
				),
			),
		);
		expect(tree()).toEqual(["a", "  a0", "    a1", "b", "  b0", "    b1", "c", "  c0", "    c1"]);
	});

	test("wrong options are refused by name", () => {
		const message = (options: unknown): string => {
			try {
				openTelemetry(options as OpenTelemetryOptions);
			} catch (error) {
				return String(error);
			}
			return "";
		};
		expect(message(null)).toBe("TypeError: openTelemetry: pass options as an object, or nothing.");
		expect(message({ filter: 1 })).toMatch(/no option filter; known are tracer, runs, tasks, groups, attributes/);
		expect(message({ tracer: provider })).toMatch(/tracer is no tracer/);
		expect(message({ tasks: "all" })).toMatch(/tasks is true, false, or a function/);
		expect(message({ runs: () => true })).toMatch(/runs is true, false\./);
		expect(message({ attributes: {} })).toMatch(/attributes is a function/);
	});
});

describe("an instrument that throws loses nothing", () => {
	test.each(["tasks", "groups", "attributes"])("%s: the error is reported once, and open spans end", async (option) => {
		const reports: Report[] = [];
		let calls = 0;
		const throwing = (): never => {
			calls++;
			throw new Error("filter");
		};
		const fine = option === "attributes" ? {} : true;
		const spans = { [option]: (subject: { name: string }) => (subject.name === "bad" ? throwing() : fine) };
		const value = await traced(
			function* () {
				yield* withTaskGroup(
					function* (group) {
						group.spawnWith({ name: "good" }, () => sleep(5));
						group.spawnWith({ name: "bad" }, () => withTaskGroup(() => sleep(1), { name: "bad" }));
						yield* sleep(10);
						group.spawnWith({ name: "bad" }, nothing);
					},
					{ name: "group" },
				);
				return "value";
			},
			{ name: "job", spans, onReport: (report) => reports.push(report) },
		);
		expect(value).toBe("value");
		expect([calls, reports.map(({ error }) => String(error))]).toEqual([1, ["Error: filter"]]);
		const names = exporter.getFinishedSpans().map(({ name }) => name);
		for (const name of ["good", "group", "job"]) expect(names).toContain(name);
	});

	test("a tracer whose spans throw changes nothing of the run", async () => {
		const reports: Report[] = [];
		const broken = {
			...tracer,
			startSpan: (...args: Parameters<typeof tracer.startSpan>) => {
				const span = tracer.startSpan(...args);
				span.setStatus = () => {
					throw new Error("exporter");
				};
				return span;
			},
		};
		const error = new Error("boom");
		const failing = traced(
			() =>
				withTaskGroup((group) => {
					group.spawn(() => Promise.reject(error));
				}),
			{ name: "job", spans: { tracer: broken as never }, onReport: (report) => reports.push(report) },
		);
		await expect(failing).rejects.toBe(error);
		expect(reports.map((report) => String(report.error))).toEqual(["Error: exporter"]);
		expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["task", "task group", "job"]);
	});
});

describe("contextManager", () => {
	test("keeps a context while with runs, in callbacks of the host too", () => {
		use(contextManager);
		const inside = ROOT_CONTEXT.setValue(Symbol("x"), 1);
		const other = ROOT_CONTEXT.setValue(Symbol("y"), 2);
		const seen: Context[] = [];
		const look = (): void => void seen.push(context.active());
		context.with(inside, () => {
			look();
			expect(() =>
				context.with(other, () => {
					look();
					throw new Error("boom");
				}),
			).toThrow("boom");
			look();
		});
		look();
		context.bind(inside, look)();
		expect(seen).toEqual([inside, other, inside, ROOT_CONTEXT, inside]);
	});

	test("gives this and arguments on, and binds functions alone", () => {
		use(contextManager);
		const object = { name: "object" };
		function method(this: { name: string }, a: number, b: number): string {
			return `${this.name} ${a} ${b}`;
		}
		expect(context.with(ROOT_CONTEXT, method, object, 1, 2)).toBe("object 1 2");
		const bound = context.bind(ROOT_CONTEXT, method);
		expect([bound.call(object, 3, 4), bound.length]).toEqual(["object 3 4", 2]);
		expect(context.bind(ROOT_CONTEXT, object)).toBe(object);
	});

	test("disabled, it has no context", () => {
		const manager = contextManager();
		const inside = ROOT_CONTEXT.setValue(Symbol("x"), 1);
		expect(manager.with(inside, () => manager.active())).toBe(ROOT_CONTEXT);
		manager.enable();
		expect(manager.with(inside, () => manager.active())).toBe(inside);
		manager.disable();
		expect(manager.with(inside, () => manager.active())).toBe(ROOT_CONTEXT);
	});

	test("is no context variable of the program: those stay as they are", async () => {
		use(contextManager);
		const user = new ContextVar<string>("user", { default: "nobody" });
		const seen = await traced(function* () {
			context.with(context.active(), () => user.set("Ada"));
			yield* sleep(1);
			return user.get();
		});
		expect(seen).toBe("Ada");
	});

	test("a code path that is outside of every task does not leak into tasks that it starts", async () => {
		use(contextManager);
		const outside = ROOT_CONTEXT.setValue(Symbol("x"), 1);
		const seen: Context[] = [];
		await context.with(outside, () =>
			run(function* () {
				seen.push(context.active());
				yield* sleep(1);
				seen.push(context.active());
			}),
		);
		expect(seen).toEqual([ROOT_CONTEXT, ROOT_CONTEXT]);
	});
});
