/**
 * Who cancels, and what the code around gets for it. Each entry writes the body of a function that calls `target(env)`
 * where the cancellation reaches it, and returns when everything inside is over.
 *
 * - `gives`: the value; `throws`: names the error on `env`, or is a test of it. With an error of the cleanup that error
 *   comes out instead, or beside `env.boom`.
 * - `atOnce`: the cancellation is there before the first wait.
 * - `kind`, `text`: of the reason that a catch clause of uncompiled code sees.
 * - `alone`: a task is cancelled, and nothing around it.
 * - `swallows`: an error of the cleanup, as the language does.
 * - `hostHears`: of an error of the cleanup, for it is one of a bare call.
 * - `graceFrom`, `grace`: how long cleanup may go on, and from when, where that differs.
 */
import { CANCEL } from "./times.mjs";

const call = (d, after = "a body") => `${d.wait("target(env)")}; env.never("${after}");`;
const scope = (d, body, options = "") => `return ${d.wait(`withCancelScope(${options}${d.fn("scope", body)})`)};`;
const at = (what, when = CANCEL) => `env.at(${when}, () => { ${what} });`;
const cancelling = (d, what, options) => scope(d, `${at(what)} ${call(d)}`, options);
const failing = (d) => d.fn("", `${d.wait(`sleep(${CANCEL})`)}; throw env.boom;`);
const named = (name) => (error) => error?.name === name;

export const initiators = {
	"scope.cancel": { kind: "explicit", text: "first", write: (d) => cancelling(d, 'scope.cancel("first");') },
	"scope.cancel by another task": {
		kind: "explicit",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `return ${d.wait(`withCancelScope(${d.fn("scope", `group.spawn(${d.fn("", `${d.wait(`sleep(${CANCEL})`)}; scope.cancel();`)}); ${call(d)}`)})`)};`)})`)};`,
	},
	"scope.cancel from inside": {
		atOnce: true,
		kind: "explicit",
		write: (d) => scope(d, `env.onArrival = () => scope.cancel(); ${call(d)}`),
	},
	"scope.cancel before": { atOnce: true, kind: "explicit", write: (d) => scope(d, `scope.cancel(); ${call(d)}`) },
	deadline: { kind: "deadline", write: (d) => scope(d, call(d), `{ deadline: ${CANCEL} }, `) },
	timeout: { kind: "deadline", write: (d) => scope(d, call(d), `{ timeout: ${CANCEL} }, `) },
	"deadline in the past": { atOnce: true, kind: "deadline", write: (d) => scope(d, call(d), "{ deadline: -1 }, ") },
	"deadline moved": {
		kind: "deadline",
		write: (d) => scope(d, `${at("scope.deadline = env.loop.now();")} ${call(d)}`, "{ timeout: 900 }, "),
	},
	withTimeout: {
		kind: "deadline",
		throws: named("TimeoutError"),
		write: (d) => `return ${d.wait(`withTimeout(${CANCEL}, ${d.fn("", call(d))})`)};`,
	},
	withDeadline: {
		kind: "deadline",
		throws: named("TimeoutError"),
		write: (d) => `return ${d.wait(`withDeadline(${CANCEL}, ${d.fn("", call(d))})`)};`,
	},
	"withTimeout, cancelled": {
		kind: "explicit",
		write: (d) => `return ${d.wait(`withTimeout(900, ${d.fn("scope", `${at("scope.cancel();")} ${call(d)}`)})`)};`,
	},
	moveOnAfter: { kind: "deadline", write: (d) => `return ${d.wait(`moveOnAfter(${CANCEL}, ${d.fn("", call(d))})`)};` },
	moveOnAt: { kind: "deadline", write: (d) => `return ${d.wait(`moveOnAt(${CANCEL}, ${d.fn("", call(d))})`)};` },
	"outer scope": {
		kind: "explicit",
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();")} let inner; try { ${d.wait(`withTimeout(900, ${d.fn("it", `inner = it; ${call(d)}`)})`)}; env.never("a scope"); } finally { env.check(!inner.cancelledCaught, "the inner scope has caught"); }`,
			),
	},
	"outer and inner at the same instant": {
		kind: "deadline",
		write: (d) =>
			`return ${d.wait(`moveOnAfter(${CANCEL}, ${d.fn("", `${d.wait(`withTimeout(${CANCEL}, ${d.fn("", call(d))})`)}; env.never("a scope");`)})`)};`,
	},
	"outer scope while cleaning up": {
		kind: "explicit",
		endsAtLeast: CANCEL + 2,
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();", CANCEL + 2)} ${d.wait(`withCancelScope(${d.fn("inner", `${at("inner.cancel();")} ${call(d)}`)})`)}; ${d.wait("sleepForever()")}; env.never("a scope");`,
			),
	},
	"1,000 scopes around": {
		kind: "explicit",
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();")} let nested = target; for (let i = 0; i < 1000; i++) { const inner = nested; nested = () => withCancelScope({ timeout: 900 }, () => inner(env)); } ${d.wait("nested()")}; env.never("a scope");`,
			),
		rarely: true,
		// Native code behind a sync function is a promise like any other, and is left alone.
		without: ["native"],
	},
	"twice, and again while cleaning up": {
		kind: "explicit",
		text: "first",
		write: (d) =>
			cancelling(
				d,
				`scope.cancel("first"); scope.cancel("second"); env.at(${CANCEL + 1}, () => scope.cancel("third", { grace: 900 })); scope.deadline = 10.5;`,
			),
	},
	"again with less grace": {
		kind: "explicit",
		grace: 5,
		write: (d) => cancelling(d, `scope.cancel(); env.at(${CANCEL + 2}, () => scope.cancel("again", { grace: 5 }));`),
	},
	"with a grace": {
		kind: "explicit",
		grace: 20,
		write: (d) => cancelling(d, "scope.cancel(undefined, { grace: 20 });"),
	},
	"grace 0": { kind: "explicit", grace: 0, write: (d) => cancelling(d, "scope.cancel();", "{ grace: 0 }, ") },
	"grace of a scope between": {
		kind: "explicit",
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();")} ${d.wait(`withCancelScope({ grace: 7 }, ${d.fn("", call(d))})`)}; env.never("a scope");`,
			),
	},
	"time limit in a shield": {
		kind: "deadline",
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();", CANCEL - 5)} ${d.wait(`shield(${d.fn("", `${d.wait(`moveOnAfter(${CANCEL}, ${d.fn("", call(d))})`)}; env.passed();`)})`)}; env.passed(); ${d.wait("checkpoint()")}; env.never("a shield");`,
			),
	},
	"shield taken away": {
		kind: "explicit",
		graceFrom: CANCEL - 5,
		write: (d) =>
			scope(
				d,
				`${at("scope.cancel();", CANCEL - 5)} ${d.wait(`withCancelScope({ shield: true }, ${d.fn("inner", `${at("inner.shield = false;")} ${call(d)}`)})`)}; env.never("a scope");`,
			),
	},

	"sibling fails": {
		kind: "sibling",
		throws: "boom",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${d.fn("", call(d, "a task"))}); group.spawn(${failing(d)});`)})`)};`,
	},
	"task fails, body is cancelled": {
		kind: "sibling",
		throws: "boom",
		write: (d) => `return ${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${failing(d)}); ${call(d)}`)})`)};`,
	},
	"body fails": {
		kind: "sibling",
		throws: "boom",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${d.fn("", call(d, "a task"))}); ${d.wait(`sleep(${CANCEL})`)}; throw env.boom;`)})`)};`,
	},
	"task.cancel": {
		alone: true,
		kind: "explicit",
		throws: named("TaskCancelledError"),
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `const task = group.spawn(${d.fn("", call(d, "a task"))}); ${at("task.cancel();")} let error; try { ${d.wait("task")}; env.never("a task"); } catch (it) { if (env.isCancelled(it) || it === env.failure) throw it; error = it; } env.check(task.state === "cancelled", "the task is " + task.state); ${d.wait("checkpoint()")}; env.result = error;`)})`)};`,
		caughtInside: true,
	},
	"task.cancel before it begins": {
		alone: true,
		atOnce: true,
		kind: "explicit",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `const task = group.spawn(${d.fn("", call(d, "a task"))}); task.cancel();`)})`)};`,
	},
	"group.cancel": {
		kind: "explicit",
		gives: "body",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${d.fn("", call(d, "a task"))}); ${at("group.cancel();")} return "body";`)})`)};`,
	},
	"group.cancel, body too": {
		kind: "explicit",
		write: (d) => `return ${d.wait(`withTaskGroup(${d.fn("group", `${at("group.cancel();")} ${call(d)}`)})`)};`,
	},
	"group's time limit": {
		kind: "deadline",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${d.fn("", call(d, "a task"))});`)}, { timeout: ${CANCEL} })`)};`,
	},
	"group.start, cancelled": {
		kind: "deadline",
		write: (d) =>
			`return ${d.wait(`withTaskGroup(${d.fn("group", `${d.wait(`moveOnAfter(${CANCEL}, ${d.fn("", `${d.wait(`group.start(${d.fn("", call(d, "a task"))})`)}; env.never("a start");`)})`)};`)})`)};`,
	},
	"openTaskGroup, left by an error": {
		throws: "boom",
		without: ["native"],
		write: (d) =>
			d.compiled
				? `await using group = openTaskGroup(); group.spawn(${d.fn("", call(d, "a task"))}); await sleep(${CANCEL}); throw env.boom;`
				: `const group = openTaskGroup(); try { group.spawn(${d.fn("", call(d, "a task"))}); yield* sleep(${CANCEL}); throw env.boom; } finally { yield* group[Symbol.asyncDispose](); }`,
		replaced: ({ compiled }) => !compiled,
	},
	withSignal: {
		kind: "signal",
		throws: "boom",
		write: (d) =>
			`${at("env.controller.abort(env.boom);")} return ${d.wait(`withSignal(env.controller.signal, ${d.fn("", call(d))})`)};`,
		replaced: () => true,
	},
	"withSignal without an error": {
		kind: "signal",
		throws: named("AbortError"),
		write: (d) =>
			`${at('env.controller.abort("enough");')} return ${d.wait(`withSignal(env.controller.signal, ${d.fn("", call(d))})`)};`,
	},
	"run's signal": {
		kind: "signal",
		throws: "boom",
		ofRun: true,
		replaced: () => true,
		write: (d) => `${at("env.controller.abort(env.boom);")} ${call(d)}`,
	},

	"lost race": {
		gives: "winner",
		reports: true,
		write: (d) =>
			`return ${d.wait(`race([${d.fn("", call(d, "a racer"))}, ${d.fn("", `${d.wait(`sleep(${CANCEL})`)}; return "winner";`)}])`)};`,
	},
	"another of all fails": {
		throws: "boom",
		write: (d) => `return ${d.wait(`all([${d.fn("", call(d, "one of all"))}, ${failing(d)}])`)};`,
	},
	"any has another": {
		gives: "winner",
		reports: true,
		write: (d) =>
			`return ${d.wait(`any([${d.fn("", call(d, "one of any"))}, ${d.fn("", `${d.wait(`sleep(${CANCEL})`)}; return "winner";`)}])`)};`,
	},
	"another of map fails": {
		throws: "boom",
		write: (d) =>
			`return ${d.wait(`map([1, 2], ${d.fn("item", `if (item === 1) { ${call(d, "one of map")} } ${d.wait(`sleep(${CANCEL})`)}; throw env.boom;`)})`)};`,
	},
	"retry with a time limit": {
		kind: "deadline",
		throws: named("TimeoutError"),
		write: (d) => `return ${d.wait(`retry(${d.fn("", call(d))}, { attempts: 1, timeout: ${CANCEL} })`)};`,
	},
	"function fails, its bare call is cancelled": {
		throws: "boom",
		hostHears: true,
		without: ["generators", "native"],
		write: () =>
			`return await withCancelScope(async (scope) => { const call = target(env); await sleep(${CANCEL}); throw env.boom; });`,
	},
	"Promise.race is lost": {
		alone: true,
		gives: "winner",
		swallows: true,
		without: ["generators", "native"],
		write: () =>
			`return await withCancelScope(async (scope) => { const winner = async () => { await sleep(${CANCEL}); return "winner"; }; return await Promise.race([target(env), winner()]); });`,
	},
};
