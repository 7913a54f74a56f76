/** Runs a program natively and compiled, in the same environment, and tells what differs. */
import { print } from "./tree.mjs";

const outOfFuel = { name: "OutOfFuel", message: "out of fuel" };
const cancellation = { name: "Cancellation", message: "cancelled" };
const names = [
	"log",
	"rare",
	"tick",
	"maybe",
	"thenable",
	"later",
	"fail",
	"failure",
	"boom",
	"add",
	"nat",
	"via",
	"hold",
	"counted",
	"iterator",
	"spy",
	"source",
	"reflect",
	"tag",
	"resource",
	"asyncResource",
	"rethrow",
	"enter",
	"leave",
	"begin",
	"cancelScope",
	"Box",
	"box",
	"nothing",
	"seven",
];
const prologue = `const { ${names.join(", ")} } = env;\n`;
const fuel = 3000;
/** Milliseconds after which a program hangs. */
const patience = 2500;

/** Values as text: what a program logs must not change afterwards. */
function show(value, depth = 3) {
	if (typeof value === "function") {
		return `[function ${value.name}]`;
	}
	if (typeof value !== "object" || value === null) {
		return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
	}
	if (value instanceof Error) {
		// The engine names a callee, or what it takes apart, by what stands in the source.
		const message = value.message
			.replace(/^.* is not a function/, "… is not a function")
			.replace(/ of '.*' as it is/, " as it is");
		return `${value.name}: ${message}`;
	}
	if (typeof value.then === "function") {
		return "[thenable]";
	}
	if (depth === 0) {
		return "…";
	}
	if (Array.isArray(value)) {
		return `[${value.map((item) => show(item, depth - 1)).join(", ")}]`;
	}
	const entries = Object.entries(value).map(([key, item]) => `${key}: ${show(item, depth - 1)}`);
	return `{ ${entries.join(", ")} }`;
}

/**
 * What a program can use. `every`: one in so many chances to suspend is taken (`Infinity`: none).
 * `cancelAt`: the number of the suspension at which the program is cancelled.
 */
function makeEnvironment({ every, pause, cancelAt, cancelScope, cancelPoint }) {
	const state = { log: [], fuel, chances: 0, suspensions: 0, protectedDepth: 0, points: [], open: true };
	const spend = () => {
		if (--state.fuel < 0) {
			throw outOfFuel;
		}
	};
	const rare = () => {
		spend();
		return ++state.chances % every === 0;
	};
	/** A promise of `value`, or the place where the cancellation comes. */
	const suspension = (value) => {
		const number = ++state.suspensions;
		if (state.protectedDepth === 0) {
			state.points.push(number);
		}
		if (number !== cancelAt) {
			return pause(number, value);
		}
		// A program that was cut down may have its cleanup at this number.
		state.misplaced = state.protectedDepth > 0;
		return cancelPoint(state);
	};
	const log = (...values) => {
		spend();
		if (state.open) {
			state.log.push(values.map((value) => show(value)).join(" "));
			state.open = values[0] !== "end";
		}
		return values.at(-1);
	};
	const failure = (x) => {
		spend();
		const message = `x${show(x)}`;
		return [new Error(message), new TypeError(message), new RangeError(message), { message }][Math.abs(x | 0) % 4];
	};
	const later = async (hops, value) => {
		for (let i = 0; i < hops; i++) {
			await undefined;
		}
		return value;
	};
	const thenable = (value) => {
		spend();
		const kind = Math.abs(value | 0) % 5;
		return {
			// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
			get then() {
				log("then");
				return (resolve, reject) => {
					log("called");
					if (kind === 3) {
						throw failure(value);
					}
					if (kind === 4) {
						later(2, value).then(resolve);
					} else {
						(kind === 2 ? reject : resolve)(value);
						resolve("twice");
					}
				};
			},
		};
	};
	/** Says what is done with it, in the order in which it is done. */
	const spy = (mark) =>
		new Proxy(
			{},
			{
				get(_, key) {
					if (typeof key === "symbol" || key === "then") {
						return undefined;
					}
					log(mark, "get", key);
					const called = (...values) => {
						log(mark, "called", values);
						return spy(`${mark}()`);
					};
					return key === "b" ? called : key === "o" ? spy(`${mark}.o`) : key.length;
				},
				set(_, key, value) {
					log(mark, "set", key, value);
					return true;
				},
				has(_, key) {
					log(mark, "has", key);
					return key.length % 2 === 0;
				},
				deleteProperty(_, key) {
					log(mark, "delete", key);
					return true;
				},
			},
		);
	class Box {
		constructor(value) {
			this.value = value;
		}
		async get(value) {
			log("get", this.value);
			return value;
		}
	}
	const box = new Box(1);
	box.inner = { get: (value) => maybe(value) };
	const maybe = (value) => (rare() ? suspension(value) : value);
	const environment = {
		log,
		rare,
		maybe,
		later,
		thenable,
		failure,
		Box,
		box,
		tick: () => {
			spend();
			return every === Number.POSITIVE_INFINITY ? undefined : suspension(undefined);
		},
		fail: (value) => {
			if (rare()) {
				return Promise.reject(failure(value));
			}
			throw failure(value);
		},
		boom: (value) => {
			throw failure(value);
		},
		add: (...values) => values.reduce((sum, value) => sum + value, 0) % 97,
		nat: async (value) => {
			log("nat", value);
			await (rare() ? undefined : null);
			return value;
		},
		via: async (fn, value) => {
			log("via", fn.name);
			return await fn(value);
		},
		hold: (promise) => {
			promise.then(undefined, () => {});
			return promise;
		},
		*counted(mark, count) {
			try {
				for (let i = 0; i < count; i++) {
					log(mark, "next", i);
					yield i;
				}
			} finally {
				log(mark, "closed");
			}
		},
		spy,
		iterator: (mark, count, kind) => {
			let i = 0;
			const iterator = {
				[Symbol.iterator]: () => iterator,
				next(...given) {
					log(mark, "next", i, given.length);
					return i < count ? { done: false, value: i++ } : { done: true, value: "end" };
				},
				throw() {
					log(mark, "thrown");
					return { done: true };
				},
				return(...given) {
					log(mark, "closed", given.length);
					if (kind === 1) {
						throw failure(mark);
					}
					return kind === 2 ? undefined : { done: true, value: kind };
				},
			};
			if (kind === 3) {
				delete iterator.return;
			}
			return iterator;
		},
		source: (mark, count) => {
			let i = 0;
			return {
				[Symbol.asyncIterator]() {
					return this;
				},
				next() {
					log(mark, "next", i);
					const result = i < count ? { done: false, value: i++ } : { done: true, value: "end" };
					return rare() ? later(i, result) : Promise.resolve(result);
				},
				return() {
					log(mark, "closed");
					return rare() ? later(1, { done: true }) : Promise.resolve({ done: true });
				},
			};
		},
		reflect: (fn) => {
			log(fn.name, fn.length, typeof fn, Object.getPrototypeOf(fn).constructor.name, Object.keys(fn).length);
		},
		tag: (strings, ...values) => strings.length + values.reduce((sum, value) => sum + value, 0),
		resource: (mark) => ({
			mark,
			[Symbol.dispose]() {
				log(mark, "disposed");
			},
		}),
		asyncResource: (mark) => ({
			mark,
			[Symbol.asyncDispose]() {
				log(mark, "disposed");
				return later(1);
			},
		}),
		rethrow: (error) => {
			if (error === cancellation) {
				throw error;
			}
		},
		enter: () => {
			state.protectedDepth++;
		},
		leave: () => {
			state.protectedDepth--;
		},
		begin: (scope) => {
			state.scope = scope;
		},
		cancelScope,
		nothing: null,
		seven: 7,
	};
	return { environment, state };
}

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
	return { log: state.log, result, starved: state.fuel < 0 || state.misplaced === true };
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

export async function runCompiled(runtime, parsed, { every, cancelAt, ticks, inRun, limit }) {
	const { environment, state } = makeEnvironment({
		every,
		cancelAt,
		pause: (number, value) =>
			number % 3 === 0 && value === undefined && ticks !== "native" ? runtime.checkpoint() : Promise.resolve(value),
		cancelPoint: (state) => {
			Promise.resolve().then(() => state.scope.cancel());
			return new Promise(() => {});
		},
		cancelScope: runtime.withCancelScope,
	});
	const main = begin(parsed, environment, runtime.kernel);
	const ended = await outcome(state, () => (inRun ? runtime.run(main, { onReport: () => {} }) : main()), limit);
	if (!(await runtime.works(limit ?? patience))) {
		ended.result += ", and the kernel is broken afterwards";
		await runtime.renew();
	} else if (ended.result === "hang") {
		await runtime.renew();
	}
	return ended;
}
