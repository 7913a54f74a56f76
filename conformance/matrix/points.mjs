/**
 * Where a task can wait. Each entry writes statements that wait until somebody cancels; what stands behind them must not run.
 *
 * - `steps`: cleanup of the point's own, see expect.mjs.
 * - `hold`: it does not let go before this instant: `"refused"` by the wait itself (which does not begin in a cancelled
 *   scope), `"shielded"`, or `"protected"` as cleanup, which the end of the grace cuts.
 * - `inexact`: when it ends depends on what else there is to clean up.
 * - `needsGrace`: its cleanup fails where there is no time for it.
 * - `without`: dialects that cannot write it, or that cannot stop it.
 */
import { HOLD, PART } from "./times.mjs";

/** A task's body with cleanup that takes its time. */
const worker = (d) =>
	d.fn(
		"",
		`const r = env.openTask(); try { ${d.wait("sleepForever()")}; env.never("a task"); } finally { env.closing(r); ${d.protect(`${d.wait(`sleep(${PART})`)};`)} env.closed(r); }`,
	);
const twoWorkers = [{ takes: PART, regions: 2 }];
const oneWorker = [{ takes: PART }];
const forever = (d) => d.fn("", `${d.wait("sleepForever()")}; env.never("a body");`);
const one = (call) => ({ text: (d) => `${d.wait(call)};` });
const nested = (call) => ({ text: (d) => `${d.wait(call(d))};` });
/** Something that would not have to wait, in a scope that is cancelled by now. */
const late = (call, more = {}) => ({
	...more,
	hold: "refused",
	text: (d) => `${d.wait(`env.stubborn(${HOLD})`)}; env.passed(); ${d.wait(call)};`,
});
const holding = (hold, text, more = {}) => ({
	...more,
	hold,
	text: (d) => `${text(d)} env.passed(); ${d.wait("checkpoint()")};`,
});
/** What only compiled code can write. */
const compiledOnly = { without: ["generators", "native"] };

export const points = {
	sleep: one("sleep(1000)"),
	"sleep until": one("sleepUntil(1000)"),
	"sleep for ever": one("sleepForever()"),
	"loop of sleeps": { text: (d) => `for (;;) { ${d.wait("sleep(0.75)")}; env.passed(); }` },
	checkpoint: late("checkpoint()"),
	"sleep(0), late": late("sleep(0)"),
	promise: { text: (d) => `${d.foreign("env.res.promise")};` },
	thenable: { text: (d) => `${d.foreign("env.res.thenable")};`, without: ["native"] },
	"promise, late": {
		hold: "refused",
		text: (d) => `${d.wait(`env.stubborn(${HOLD})`)}; env.passed(); ${d.foreign("env.res.resolved")};`,
	},
	suspend: one("env.abortable()"),
	"suspend that refuses": holding("refused", (d) => `${d.wait(`env.stubborn(${HOLD})`)};`),
	"suspend without abort": holding("refused", (d) => `${d.wait(`env.deaf(${HOLD})`)};`),
	task: {
		text: (d) => `${d.native ? d.foreign("env.res.task") : d.wait("env.res.task")};`,
		needsTask: true,
	},

	"event.wait": one("env.res.event.wait()"),
	"event.wait, late": late("env.res.setEvent.wait()"),
	"lock.acquire": one("env.res.lock.acquire()"),
	"lock.acquire, late": late("env.res.freeLock.acquire()"),
	"lock.with, waiting": nested((d) => `env.res.lock.with(${forever(d)})`),
	"lock.with, inside": nested((d) => `env.res.freeLock.with(${forever(d)})`),
	"semaphore.acquire": one("env.res.semaphore.acquire()"),
	"semaphore.acquire, late": late("env.res.freeSemaphore.acquire()"),
	"semaphore.with, inside": nested((d) => `env.res.freeSemaphore.with(${forever(d)})`),
	"limiter.acquire": one("env.res.limiter.acquire()"),
	"limiter.onBehalfOf": one("env.res.limiter.onBehalfOf({}).acquire()"),
	"limiter.acquire, late": late("env.res.freeLimiter.acquire()"),
	"limiter.with, inside": nested((d) => `env.res.freeLimiter.with(${forever(d)})`),
	"channel send": one("env.res.channel.sender.send(1)"),
	"channel receive": one("env.res.channel.receiver.receive()"),
	"channel send, full": one("env.res.buffered.sender.send(2)"),
	"channel send, late": late("env.res.roomy.sender.send(1)"),
	"channel receive, late": late("env.res.buffered.receiver.receive()"),
	"for await over a channel": {
		text: () => `for await (const item of env.res.channel.receiver) env.never("a loop");`,
		without: ["generators"],
	},

	"group's end": {
		...nested((d) => `withTaskGroup(${d.fn("group", `group.spawn(${worker(d)});`)})`),
		steps: oneWorker,
	},
	"group's body": {
		...nested(
			(d) =>
				`withTaskGroup(${d.fn("group", `group.spawn(${worker(d)}); ${d.wait("sleepForever()")}; env.never("a body");`)})`,
		),
		steps: oneWorker,
	},
	"groups in groups": {
		...nested(
			(d) =>
				`withTaskGroup(${d.fn("outer", `outer.spawn(${d.fn("", `${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${worker(d)}); group.spawn(${worker(d)});`)})`)}; env.never("a body");`)});`)})`,
		),
		steps: twoWorkers,
	},
	"group.start": {
		...nested((d) => `withTaskGroup(${d.fn("group", `${d.wait(`group.start(${worker(d)})`)}; env.never("a body");`)})`),
		steps: oneWorker,
		atOnce: [],
	},
	"group.results": {
		text: (d) =>
			`${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${worker(d)}); ${d.wait("group.results().next()")}; env.never("a body");`)})`)};`,
		steps: oneWorker,
	},
	"group.join": {
		text: (d) => `const group = openTaskGroup(); group.spawn(${worker(d)}); ${d.wait("group.join()")};`,
		steps: oneWorker,
		without: ["native"],
	},
	"nested scopes": nested(
		(d) =>
			`withTimeout(900, ${d.fn("", `${d.wait(`moveOnAfter(800, ${d.fn("", `${d.wait(`withCancelScope(${forever(d)})`)}; env.never("a scope");`)})`)}; env.never("a scope");`)})`,
	),
	"withSignal, inside": nested((d) => `withSignal(env.res.signal, ${forever(d)})`),
	shield: holding("shielded", (d) => `${d.wait(`shield(${d.fn("", `${d.wait(`sleep(${HOLD})`)};`)})`)};`),
	cleanup: holding("protected", (d) => `${d.wait(`cleanup(${d.fn("", `${d.wait(`sleep(${HOLD})`)};`)})`)};`),
	"finally block": holding(
		"protected",
		(d) =>
			`{ const r = env.open(); try { env.passed(); } finally { env.closing(r); ${d.protect(`${d.wait(`sleep(${HOLD})`)};`)} env.closed(r); } }`,
		{ regions: 1 },
	),

	all: { ...nested((d) => `all([${worker(d)}, ${worker(d)}])`), steps: twoWorkers },
	race: { ...nested((d) => `race([${worker(d)}, ${worker(d)}])`), steps: twoWorkers },
	any: { ...nested((d) => `any([${worker(d)}, ${worker(d)}])`), steps: twoWorkers },
	allSettled: { ...nested((d) => `allSettled([${worker(d)}, ${worker(d)}])`), steps: twoWorkers },
	map: { ...nested((d) => `map([1, 2], ${worker(d)})`), steps: twoWorkers },
	forEach: { ...nested((d) => `forEach([1, 2], ${worker(d)})`), steps: twoWorkers },
	"retry, inside": nested((d) => `retry(${forever(d)})`),
	"retry, pausing": one("retry(() => { throw env.flaky; }, { delay: 1000 })"),
	"ContextVar.with": nested((d) => `env.res.variable.with(1, ${forever(d)})`),

	"latch.wait": one("env.res.latch.wait()"),
	"latch.wait, late": late("env.res.openLatch.wait()"),
	"barrier.wait": one("env.res.barrier.wait()"),
	"condition.wait": {
		...nested(
			(d) => `env.res.condition.lock.with(${d.fn("", `${d.wait("env.res.condition.wait()")}; env.never("a body");`)})`,
		),
		// Without any grace it cannot take its lock again, and `with` says so.
		needsGrace: true,
	},
	"read.acquire": one("env.res.readWriteLock.read.acquire()"),
	"write.acquire": one("env.res.readWriteLock.write.acquire()"),
	"read.acquire, late": late("env.res.freeReadWriteLock.read.acquire()"),
	"write.with, inside": nested((d) => `env.res.freeReadWriteLock.write.with(${forever(d)})`),
	"queue.get": one("env.res.emptyQueue.get()"),
	"queue.get, late": late("env.res.queue.get()"),
	"queue.put, full": one("env.res.queue.put(2)"),
	"queue.join": one("env.res.queue.join()"),
	"for await over a queue": {
		text: () => `for await (const item of env.res.emptyQueue) env.never("a loop");`,
		without: ["generators"],
	},
	select: one("select([env.res.channel.receiver.receive(), env.res.queue.put(3), env.res.emptyQueue.get()])"),
	"select, late": late("select({ full: env.res.buffered.receiver.receive(), empty: env.res.emptyQueue.get() })"),
	"broadcast send": one("env.res.hub.send(1)"),
	"subscription.receive": one("env.res.subscription.receive()"),
	"memoized call": { ...one("env.res.memoized(1)"), steps: oneWorker, atOnce: [] },
	"throttled call": {
		text: (d) => `${d.wait("env.res.throttled()")}; env.passed(); ${d.wait("env.res.throttled()")};`,
	},
	interval: { text: (d) => `const ticks = interval(900); ${d.wait("ticks.next()")};` },
	"resource.with": {
		text: (d) =>
			`let held; ${d.wait(`resource(() => { held = env.open(); return 1; }, ${d.fn("", `env.closing(held); ${d.wait(`sleep(${PART})`)}; env.closed(held);`)}).with(${forever(d)})`)};`,
		steps: oneWorker,
		atOnce: [],
	},
	serviceGroup: {
		...nested(
			(d) =>
				`serviceGroup(${d.fn("services", `services.spawn(${worker(d)}); ${d.wait("sleepForever()")}; env.never("a body");`)})`,
		),
		steps: oneWorker,
	},

	"async generator, waiting": {
		...compiledOnly,
		text: () => `for await (const value of waitingGenerator(env)) env.never("a loop");`,
		steps: oneWorker,
	},
	"async generator, at its yield": {
		...compiledOnly,
		text: () => `for await (const value of yieldingGenerator(env)) { await sleepForever(); env.never("a loop"); }`,
		steps: oneWorker,
		atOnce: oneWorker,
	},
	"async generator, delegating": {
		...compiledOnly,
		text: () => `for await (const value of delegatingGenerator(env)) { await sleepForever(); env.never("a loop"); }`,
		steps: [...oneWorker, { takes: 0 }],
	},
	"await using, disposing": {
		...compiledOnly,
		...holding("protected", () => `{ await using guarded = disposable(env, ${HOLD}); env.passed(); }`, { regions: 1 }),
	},
	"bare call's promise": {
		...compiledOnly,
		text: () => "const call = bareWorker(env); await call;",
		steps: oneWorker,
		inexact: true,
	},
	"Promise.all of bare calls": {
		...compiledOnly,
		text: () => "await Promise.all([bareWorker(env), bareWorker(env)]);",
		steps: twoWorkers,
		inexact: true,
	},
};

/** Definitions that the points of compiled code use. */
export const compiledDefinitions = `
async function* waitingGenerator(env) {
	const r = env.open();
	try { await sleepForever(); env.never("a generator"); yield 1; }
	finally { env.closing(r); await sleep(${PART}); env.closed(r); }
}
async function* yieldingGenerator(env) {
	const r = env.open();
	try { yield 1; env.never("a generator"); }
	finally { env.closing(r); await sleep(${PART}); env.closed(r); }
}
async function* delegatingGenerator(env) {
	const r = env.open();
	try { yield* yieldingGenerator(env); env.never("a generator"); } finally { env.closing(r); env.closed(r); }
}
async function bareWorker(env) {
	const r = env.openTask();
	try { await sleepForever(); env.never("a bare call"); }
	finally { env.closing(r); await sleep(${PART}); env.closed(r); }
}
function disposable(env, time) {
	const r = env.open();
	return { async [Symbol.asyncDispose]() { env.closing(r); await sleep(time); env.closed(r); } };
}
`;
