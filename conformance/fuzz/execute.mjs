/** Runs a program natively and compiled, in the same environment, and tells what differs. */
import { cancellation, makeEnvironment, prologue, show } from "./environment.mjs";
import { print } from "./tree.mjs";

/** Milliseconds after which a program hangs. */
const patience = 2500;

async function outcome(state, start, limit = patience) {
	let timer;
	const timeout = new Promise((resolve) => {
		timer = setTimeout(resolve, limit, "hang");
	});
	const result = await Promise.race([
		(async () => {
			try {
				return `value ${show(await start())}`;
			} catch (error) {
				return `error ${show(error)}`;
			}
		})(),
		timeout,
	]);
	clearTimeout(timer);
	const states = [state, ...state.forks.map((fork) => fork.state)];
	const log = [...state.log, ...state.forks.flatMap(({ name, state }) => state.log.map((line) => `${name}: ${line}`))];
	return { state, log, result, starved: states.some(({ fuel }) => fuel < 0) || state.misplaced === true };
}

/** Text that is parsed once and run many times, each time with an environment of its own. */
function parse(code, strict, ...names) {
	return new Function("env", ...names, `${strict ? '"use strict";\n' : ""}${code}`);
}

function begin(parsed, environment, ...values) {
	parsed(environment, ...values);
	if (typeof environment.main !== "function") {
		throw new Error("the program has no main function");
	}
	return environment.main;
}

/** The program's text; `reference` gives the native program that behaves as a compiled one does when it is cancelled. */
export function sourceOf(program, reference = false) {
	return prologue + print(program.tree, reference);
}

/** What is asked of a program that has nothing to be compared with. */
export const propertiesHold = { log: [], result: "ended", starved: false };

/** The program as the engine runs it. */
export function native(program) {
	return parse(sourceOf(program, program.profile === "cancel"), program.strict);
}

export async function runNative(parsed, { every, cancelAt }) {
	const { environment, state } = makeEnvironment({
		every,
		cancelAt,
		pause: (_, value) => Promise.resolve(value),
		cancelPoint: () => Promise.reject(cancellation),
		cancelScope: async (body) => {
			try {
				return await body({});
			} catch (error) {
				if (error === cancellation) {
					return undefined;
				}
				throw error;
			}
		},
		// Of tasks that do not fail.
		withTaskGroup: async (body) => {
			const tasks = [];
			const spawn = (fn, ...args) => {
				const task = Promise.resolve().then(() => fn(...args));
				tasks.push(task);
				return task;
			};
			const value = await body({ spawn });
			await Promise.all(tasks);
			return value;
		},
	});
	const main = begin(parsed, environment);
	const ended = await outcome(state, main);
	return { ...ended, points: state.points };
}

const importOfKernel =
	/import \{ kernel as (\S+) \} from "holdfast\/compiled";?|const \{ kernel: (\S+) \} = require\("holdfast\/compiled"\);?/;

/** The compiled program's text, ready to be evaluated with the kernel as a parameter. */
export function compile(compiler, program, { ticks, structure, bodies, mutate = (code) => code }) {
	const filename = program.strict ? "program.mjs" : "program.cjs";
	const { code } = compiler.transform(sourceOf(program), { filename, ticks, structure, bodies, sourcemap: false });
	const imported = importOfKernel.exec(code);
	const text = mutate(imported === null ? code : code.replace(imported[0], ""));
	return { code: text, parsed: parse(text, program.strict, imported?.[1] ?? imported?.[2] ?? "$k") };
}

const onReport = () => {};
/** Milliseconds that cleanup may take, and so whatever was started in it. */
const grace = 40;

export async function runCompiled(runtime, parsed, variant) {
	const { every, cancelAt, ticks, structure, inRun, limit, structured = false } = variant;
	const { environment, state } = makeEnvironment({
		every,
		cancelAt,
		pause: (number, value) =>
			number % 3 === 0 && value === undefined && ticks !== "native" ? runtime.checkpoint() : Promise.resolve(value),
		cancelPoint: (state) => {
			Promise.resolve().then(() => state.scope.cancel());
			// Where several tasks run, this one may be cleaning up.
			return structured ? Promise.resolve() : new Promise(() => {});
		},
		cancelScope: runtime.withCancelScope,
		withTaskGroup: runtime.withTaskGroup,
		withCancelScope: runtime.withCancelScope,
	});
	const main = begin(parsed, environment, runtime.kernel);
	const ended = await outcome(
		state,
		() => (inRun ? runtime.run(main, structured ? { onReport, grace } : { onReport }) : main()),
		limit,
	);
	if (!(await runtime.works(limit ?? patience))) {
		ended.result += ", and the kernel is broken afterwards";
		await runtime.renew();
	} else if (ended.result === "hang") {
		await runtime.renew();
	}
	if (ended.starved || !structured) {
		return ended;
	}
	const { violations, running } = ended.state;
	const kept = running === 0 ? [] : [`${running} tasks have not ended`];
	return {
		log: structure === "function" ? [...violations, ...kept] : kept,
		result: ended.result.startsWith("hang") || ended.result.endsWith("afterwards") ? ended.result : "ended",
		starved: false,
	};
}
