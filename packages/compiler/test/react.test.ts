// React looks at promises and functions closely: it marks promises, compares them, and waits for async transitions.
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe } from "vitest";
import { same } from "./compare.ts";

const require = createRequire(import.meta.url);
const modules = {
	react: require("react") as unknown,
	"react-dom/server": require("react-dom/server") as unknown,
	"react-test-renderer": require("react-test-renderer") as unknown,
};
// In function mode whoever has React render would wait for the loads that the rendering starts, before it can open them.
const options = { modules, runtimes: ["real"], structures: ["scope"], inRun: true } as const;

const globals = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
const { error } = console;

beforeAll(() => {
	globals.IS_REACT_ACT_ENVIRONMENT = true;
	// The renderer says that it is deprecated, and React what an error boundary has caught.
	console.error = () => {};
});

afterAll(() => {
	delete globals.IS_REACT_ACT_ENVIRONMENT;
	console.error = error;
});

// What is waited for is opened by name, so that no test depends on how long a render takes; `settled` lets all that is
// open happen.
const imports = `
const React = require("react"); const { createElement: h, use, Suspense, useState, useTransition, startTransition, useActionState, useOptimistic, useEffect, useDeferredValue, lazy, Component, act } = React;
const { create } = require("react-test-renderer"); const text = (root) => JSON.stringify(root.toJSON());
class Boundary extends Component { state = {}; static getDerivedStateFromError(error) { return { error }; } render() { return this.state.error ? "failed " + this.state.error.message : this.props.children; } }
const gates = new Map(); const gate = (name) => { if (!gates.has(name)) gates.set(name, Promise.withResolvers()); return gates.get(name); };
const opened = async (name) => { await gate(name).promise; }; const settled = async () => { await act(async () => { await sleep(5); }); }; const open = async (...names) => { await act(async () => { for (const name of names) gate(name).resolve(); await sleep(5); }); };
const mounted = async (element) => { let root; await act(() => { root = create(element, { unstable_isConcurrent: true }); }); await settled(); return root; };
`;

describe("React on the client", () => {
	same(
		"use() suspends on the promise of a compiled function, and shows its value or its error",
		`${imports}
const load = async (x) => { await opened(x); if (x < 0) throw new Error("negative"); return "value " + x; };
const cache = new Map(); const cached = (x) => { if (!cache.has(x)) cache.set(x, load(x)); return cache.get(x); };
function Value({ x }) { return h("b", null, use(cached(x))); }
function Double({ x }) { const a = use(cached(x)); const b = use(cached(x + 1)); return a + " and " + b; }
async function main() {
	const show = (element) => h(Boundary, null, h(Suspense, { fallback: "waiting" }, element));
	for (const [element, ...names] of [[h(Value, { x: 1 }), 1], [h(Double, { x: 1 }), 2], [h(Value, { x: -1 }), -1], [h(Double, { x: 3 }), 4, 3]]) {
		const root = await mounted(show(element)); log(text(root)); for (const name of names) { await open(name); log(text(root)); } await act(() => { root.unmount(); });
	}
	const done = cached(1); log(done.status, done.value, done instanceof Promise); const failed = cached(-1); log(failed.status, failed.reason.message);
	log(text(await mounted(show(h(Value, { x: 1 }))))); const context = React.createContext(load(9)); function Reader() { return use(use(context)); } const root = await mounted(show(h(Reader))); log(text(root)); await open(9); log(text(root));
}`,
		options,
	);
	same(
		"a transition is pending while its compiled action runs, nested ones too, and its failure reaches the boundary",
		`${imports}
let start; let set;
function View() { const [isPending, begin] = useTransition(); const [n, setN] = useState(0); start = begin; set = setN; return (isPending ? "pending " : "idle ") + n; }
const save = async (name) => { await opened(name); return 5; };
async function main() {
	const root = await mounted(h(Boundary, null, h(View))); log(text(root));
	await act(() => { start(async () => { const n = await save("a"); startTransition(() => { set(n); }); await save("b"); startTransition(async () => { await null; startTransition(() => { set((m) => m + 1); }); }); }); });
	await settled(); log(text(root)); await open("a"); log(text(root)); await open("b"); log(text(root));
	await act(() => { for (const name of ["x", "y"]) start(async () => { await opened(name); startTransition(() => { set((m) => m * 2); }); }); }); await open("y"); log(text(root)); await open("x"); log(text(root));
	await act(() => { start(async () => { await opened("throw"); throw new Error("action"); }); }); await settled(); log(text(root)); await open("throw"); log(text(root));
}`,
		options,
	);
	same(
		"useActionState runs compiled actions one after the other; useOptimistic shows what is hoped for meanwhile",
		`${imports}
let send; const seen = [];
const action = async (state, value) => { await opened(value); if (value === "bad") throw new Error("bad action"); return [...state, value]; };
function Form() { const [state, dispatch, isPending] = useActionState(action, []); const [hoped, hope] = useOptimistic(state, (now, value) => [...now, value + "?"]); send = (value) => startTransition(() => { hope(value); dispatch(value); }); const shown = (isPending ? "pending " : "") + hoped.join(); if (seen.at(-1) !== shown) seen.push(shown); return shown; }
async function main() {
	const root = await mounted(h(Boundary, null, h(Form))); await act(() => { send("a"); send("b"); }); await settled(); log(text(root)); await open("b"); log(text(root)); await open("a"); log(text(root), seen);
	await act(() => { send("bad"); }); await open("bad"); log(text(root));
}`,
		options,
	);
	same(
		"effects, lazy components, deferred values and handlers with compiled functions",
		`${imports}
const Lazy = lazy(async () => { await opened("chunk"); return { default: ({ x }) => "lazy " + x }; }); const Broken = lazy(async () => { await opened("broken"); throw new Error("no chunk"); });
const fetchName = async (id) => { await opened(id); return "name " + id; }; let press;
function Name({ id }) { const [name, setName] = useState("none"); const [count, setCount] = useState(0); press = async () => { await null; setCount((n) => n + 1); await null; setCount((n) => n + 1); };
	useEffect(() => { let gone = false; (async () => { const found = await fetchName(id); if (!gone) setName(found); })(); return () => { gone = true; }; }, [id]); const deferred = useDeferredValue(name); return name + " " + deferred + " " + count; }
async function main() {
	const show = (element) => h(Boundary, null, h(Suspense, { fallback: "waiting" }, element));
	for (const [element, name] of [[h(Lazy, { x: 1 }), "chunk"], [h(Broken), "broken"], [h(Name, { id: 1 }), 1]]) { const root = await mounted(show(element)); log(text(root)); await open(name); log(text(root)); }
	const root = await mounted(h(Name, { id: 2 })); await act(() => { root.update(h(Name, { id: 3 })); }); await open(3); log(text(root)); await open(2); log(text(root)); await act(async () => { await press(); }); log(text(root)); await act(() => { root.unmount(); });
}`,
		options,
	);
});

describe("React on the server", () => {
	same(
		"renderToReadableStream streams what use() waits for, and reports what fails",
		`${imports}
const { renderToReadableStream } = require("react-dom/server");
const load = async (x, name) => { await opened(name); if (x === "bad") throw new Error("on the server"); return x; };
function Value({ promise }) { return h("i", null, use(promise)); }
async function main() {
	const errors = []; const page = h("div", null, h(Value, { promise: load("early", "1") }), h(Suspense, { fallback: "later" }, h(Value, { promise: load("late", "3") })), h(Suspense, { fallback: "never" }, h(Value, { promise: load("bad", "2") })));
	gate("1").resolve(); const stream = await renderToReadableStream(page, { onError: async (error) => { await null; errors.push(error.message); } }); gate("2").resolve(); await sleep(1); gate("3").resolve(); await stream.allReady; const html = await new Response(stream).text();
	log(html.includes("<i>early</i>"), html.includes("<i>late</i>"), html.includes("never"), html.includes("<i>bad</i>"), errors);
	try { await renderToReadableStream(h(Value, { promise: load("bad", "1") }), { onError() {} }); } catch (error) { log("shell", error.message); }
}`,
		options,
	);
});
