/** Runs a program natively and compiled, in the same environment, and tells what differs. */
import { makeEnvironment, prologue, show } from "./environment.mjs";
import { NativeScopes } from "./scopes.mjs";
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

/** The program's text; `modes` give the native program that does by itself what a compiled one has done for it. */
export function sourceOf(program, modes) {
	return prologue + print(program.tree, modes);
}

/** What is asked of a program that has nothing to be compared with. */
export const propertiesHold = { log: [], result: "ended", starved: false };

const usingWorks = (() => {
	try {
		new Function("{ using x = null; }");
		return true;
	} catch {
		return false;
	}
})();
const cancelledProfiles = new Set(["cancel", "scopes"]);

/** The program as the engine runs it. */
export function native(program) {
	return parse(
		sourceOf(program, { cancelled: cancelledProfiles.has(program.profile), lowered: !usingWorks }),
		program.strict,
	);
}

export async function runNative(parsed, { every, cancelAt }) {
	const scopes = new NativeScopes();
	let outermost;
	const { environment, state } = makeEnvironment({
		every,
		cancelAt,
		scopes,
		pause: (_, value) => Promise.resolve(value),
		cancelPoint: () => {
			outermost.cancel();
			return scopes.pending();
		},
		cancelScope: (body) =>
			scopes.environment.withCancelScope((scope) => {
				outermost = scope;
				return body(scope);
			}),
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

/** The runtime's own scopes; what says for the native program what it does by itself. */
function compiledScopes({ now, sleep, shield, moveOnAfter, withTimeout, withCancelScope }) {
	const nothing = () => {};
	return {
		open: true,
		pending: nothing,
		protect: nothing,
		unprotect: nothing,
		environment: { now, sleep, shield, moveOnAfter, withTimeout, withCancelScope },
	};
}

/** One that never asks a run to make way for the host: where it would, depends on the steps before. */
function patientLoop({ VirtualLoop }) {
	const loop = new VirtualLoop();
	loop.yieldToHost = undefined;
	return loop;
}

function optionsOf(runtime, { structured, virtual }) {
	const onReport = () => {};
	// Whatever is started in a cleanup has the grace to end.
	const grace = structured ? 40 : virtual ? Number.POSITIVE_INFINITY : undefined;
	return {
		onReport,
		...(grace === undefined ? {} : { grace }),
		...(virtual ? { loop: patientLoop(runtime) } : {}),
	};
}

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
		scopes: compiledScopes(runtime),
	});
	const main = begin(parsed, environment, runtime.kernel);
	const ended = await outcome(state, () => (inRun ? runtime.run(main, optionsOf(runtime, variant)) : main()), limit);
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
