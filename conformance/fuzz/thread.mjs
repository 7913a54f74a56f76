/** One of the threads that share a run: takes the next number that nobody has taken, until all are done. */
import { parentPort, workerData } from "node:worker_threads";
import { sourceOf } from "./execute.mjs";
import { formsOf } from "./forms.mjs";
import { mutants } from "./mutants.mjs";
import { loadRuntime } from "./runtime.mjs";
import { Session } from "./session.mjs";

const { shared, slot, bundle, show, profile, form, patience } = workerData;
const counters = new Int32Array(shared);
/** Where the counters stand: the next program, whether to stop, then for each thread the program it is at and a beat. */
const [next, stop, first] = [0, 1, 2];

// Programs reject promises that nobody awaits; that is for them to do.
process.on("unhandledRejection", () => {});
// Outside of a run, errors that the language drops without a word are reported here.
console.error = () => {};
process.setMaxListeners(0);

const compiler = await import("@holdfast/compiler");
const emitted = formsOf(compiler);
if (form !== undefined && !emitted.includes(form)) {
	throw new Error(`this compiler emits no ${form} bodies`);
}
const forms = form === undefined ? emitted : [form];
const session = new Session(compiler, await loadRuntime(bundle), forms);

async function work({ seed, end, mutant: name, quiet }) {
	const mutant = name === undefined ? undefined : { ...mutants[name] };
	let changed = 0;
	if (mutant !== undefined) {
		const { mutate = (code) => code } = mutant;
		mutant.mutate = (code) => {
			const broken = mutate(code);
			changed += broken === code ? 0 : 1;
			return broken;
		};
	}
	const totals = { programs: 0, comparisons: 0, empty: 0, changed: 0 };
	for (;;) {
		const number = Atomics.add(counters, next, 1);
		if (number >= end || Atomics.load(counters, stop) !== 0) {
			break;
		}
		Atomics.store(counters, first + 2 * slot, number);
		Atomics.add(counters, first + 2 * slot + 1, 1);
		const { program, random } = session.program(seed, number, profile);
		const shown = (key, { code, error }) => console.log(`// ── ${key} ──\n${code ?? error}`);
		if (show) {
			console.log(sourceOf(program));
		}
		const { comparisons, different } = await session.examine(program, random, mutant, show ? shown : undefined);
		totals.programs++;
		totals.comparisons += comparisons;
		totals.empty += comparisons === 0 ? 1 : 0;
		if (different !== undefined) {
			const text = quiet ? "" : await session.explain(program, different, mutant, patience);
			parentPort.postMessage({ kind: "difference", number, text });
		}
	}
	parentPort.postMessage({ kind: "done", totals: { ...totals, changed } });
}

parentPort.on("message", (task) => {
	work(task).catch((error) => parentPort.postMessage({ kind: "broken", text: String(error?.stack ?? error) }));
});
parentPort.postMessage({ kind: "ready", forms });
