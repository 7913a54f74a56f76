/**
 * What stands around the wait in its function. `S` is the wait, followed by a statement that must not run.
 *
 * - `steps`: the cleanup, innermost first: see expect.mjs.
 * - `throws`: the cleanup ends with `env.failure`.
 * - `uncaught`: where catch clauses see a cancellation, this one replaces it by `env.failure`.
 * - `returns`: the function gives a value although it was cancelled; native code that called it would go on.
 * - `again`: it waits once more, which only a wait without cleanup of its own bears.
 */
import { BLOCK, PART, SHIELDED } from "./times.mjs";

const open = "const r = env.open();";
const ending = (body) => `env.closing(r); ${body} env.closed(r);`;
const block = { takes: BLOCK };
const sync = { takes: 0 };
const sleeping = (d) => d.protect(`${d.wait(`sleep(${BLOCK})`)};`);

export const shapes = {
	"no try": { text: (_, S) => S, steps: [] },
	finally: { text: (_, S) => `${open} try { ${S} } finally { ${ending("")} }`, steps: [sync] },
	"finally that awaits": {
		text: (d, S) => `${open} try { ${S} } finally { ${ending(sleeping(d))} }`,
		steps: [block],
	},
	"finally that awaits twice": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${sleeping(d)} env.more(); ${sleeping(d)} env.closed(r); }`,
		steps: [{ ...block, part: true }, block],
	},
	"catch that rethrows": {
		text: (_, S) => `try { ${S} } catch (error) { env.caught(error); throw error; }`,
		steps: [],
	},
	"catch that throws another error": {
		text: (_, S) => `try { ${S} } catch (error) { env.caught(error); throw env.failure; }`,
		steps: [],
		uncaught: true,
	},
	"catch that swallows": {
		text: (d, S) =>
			`try { ${S} } catch (error) { env.caught(error); } env.uncompiled(); ${d.wait("checkpoint()")}; env.never("after a catch");`,
		steps: [],
	},
	"catch that awaits": {
		text: (d, S) =>
			`try { ${S} } catch (error) { env.caught(error); ${d.wait("sleep(1)")}; env.never("in a catch"); } env.never("after a catch");`,
		steps: [],
	},
	"catch that tries three times": {
		text: (d, S) =>
			`try { ${S} } catch (error) { env.caught(error); for (let i = 0; i < 3; i++) try { ${d.wait("sleep(1)")}; env.never("in a catch"); } catch (again) { env.caught(again); } ${d.wait("checkpoint()")}; }`,
		steps: [],
	},
	"catch that returns": {
		text: (_, S) => `try { ${S} } catch (error) { env.caught(error); return 7; }`,
		steps: [],
		returns: true,
	},
	"catch and finally": {
		text: (d, S) =>
			`${open} try { ${S} } catch (error) { env.caught(error); throw error; } finally { ${ending(sleeping(d))} }`,
		steps: [block],
	},
	"catch that swallows, and finally": {
		text: (d, S) =>
			`${open} try { ${S} } catch (error) { env.caught(error); } finally { ${ending(sleeping(d))} } env.uncompiled(); ${d.wait("checkpoint()")}; env.never("after a catch");`,
		steps: [block],
	},
	"finally in finally": {
		text: (d, S) =>
			`${open} try { const r = env.open(); try { ${S} } finally { ${ending(sleeping(d))} } env.never("between"); } finally { ${ending(sleeping(d))} }`,
		steps: [block, block],
	},
	"try in a finally": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`const inside = env.open(); try { ${d.wait(`sleep(${PART})`)}; env.passed(); } finally { env.closing(inside); ${d.wait(`sleep(${BLOCK})`)}; env.closed(inside); }`)} env.closed(r); }`,
		steps: [{ takes: PART, part: true }, block, { takes: 0, after: true }],
	},
	"finally that throws": {
		text: (_, S) => `${open} try { ${S} } finally { ${ending("")} throw env.failure; }`,
		steps: [sync],
		throws: true,
	},
	"finally that throws, inside another": {
		text: (d, S) =>
			`${open} try { const r = env.open(); try { ${S} } finally { ${ending("")} throw env.failure; } } finally { ${ending(sleeping(d))} }`,
		steps: [sync, block],
		throws: true,
	},
	"finally that returns": {
		text: (_, S) => `${open} try { ${S} } finally { ${ending("")} return 7; }`,
		steps: [sync],
		returns: true,
	},
	"finally that awaits and returns": {
		text: (d, S) => `${open} try { ${S} } finally { ${ending(sleeping(d))} return 7; }`,
		steps: [block],
		returns: true,
	},
	"finally that breaks": {
		text: (d, S) =>
			`for (;;) { ${open} try { ${S} } finally { ${ending("")} break; } } env.uncompiled(); ${d.wait("checkpoint()")}; env.never("after a loop");`,
		steps: [sync],
	},
	"finally that continues": {
		text: (d, S) =>
			`for (let i = 0; i < 2; i++) { if (i === 1) { env.uncompiled(); ${d.wait("checkpoint()")}; env.never("in a loop"); } ${open} try { ${S} } finally { ${ending("")} continue; } }`,
		steps: [sync],
	},
	"try in a loop, catch that swallows": {
		text: (_, S) => `for (let i = 0; i < 3; i++) { try { ${S} } catch (error) { env.caught(error); } }`,
		steps: [],
		returns: true,
		again: true,
	},
	"finally that sleeps for ever": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait("sleepForever()")}; env.never("the end of for ever");`)} env.closed(r); }`,
		steps: [{ takes: Number.POSITIVE_INFINITY }],
	},
	"finally that sleeps for ever, inside another": {
		text: (d, S) =>
			`${open} try { const r = env.open(); try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait("sleepForever()")}; env.never("the end of for ever");`)} env.closed(r); } } finally { ${ending(sleeping(d))} }`,
		steps: [{ takes: Number.POSITIVE_INFINITY }, block],
	},
	"finally that refuses": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait(`env.stubbornFor(${SHIELDED})`)};`)} env.closed(r); }`,
		steps: [{ takes: SHIELDED, refuses: true }],
	},
	"shield in finally": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait(`shield(${d.fn("", `${d.wait(`sleep(${SHIELDED})`)};`)})`)};`)} env.closed(r); }`,
		steps: [{ takes: SHIELDED, shielded: true }],
	},
	"time limit in finally": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait(`moveOnAfter(${BLOCK}, ${d.fn("", `${d.wait("sleepForever()")}; env.never("a body");`)})`)};`)} env.closed(r); }`,
		steps: [block],
	},
	"group in finally": {
		text: (d, S) =>
			`${open} try { ${S} } finally { env.closing(r); ${d.protect(`${d.wait(`withTaskGroup(${d.fn("group", `group.spawn(${d.fn("", `${d.wait(`sleep(${BLOCK})`)};`)}); ${d.wait("sleep(1)")};`)})`)};`)} env.closed(r); }`,
		steps: [block],
	},
	onExit: {
		text: (d, S) =>
			`${d.wait(`withCancelScope(${d.fn("", `${open} onExit(${d.fn("", `env.closing(r); ${d.wait(`sleep(${BLOCK})`)}; env.closed(r);`)}); ${S}`)})`)}; env.never("after a scope");`,
		steps: [block],
	},
	"await using": {
		without: ["generators", "native"],
		text: (_, S) => `await using guarded = disposable(env, ${BLOCK}); ${S}`,
		steps: [block],
	},
	"await using twice, in a try": {
		without: ["generators", "native"],
		text: (d, S) =>
			`${open} try { await using first = disposable(env, ${BLOCK}), second = disposable(env, ${PART}); ${S} } catch (error) { env.caught(error); } finally { ${ending(sleeping(d))} }`,
		steps: [{ takes: PART }, block, block],
	},
	using: {
		without: ["generators", "native"],
		text: (_, S) => `${open} using guarded = { [Symbol.dispose]() { ${ending("")} } }; ${S}`,
		steps: [sync],
	},
};
