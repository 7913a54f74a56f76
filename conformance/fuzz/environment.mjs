import { owners } from "./owners.mjs";
import { Cancellation } from "./scopes.mjs";

/** What programs are given: each says in a log what happened to it, and may suspend or fail. */

const outOfFuel = { name: "OutOfFuel", message: "out of fuel" };
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
	"word",
	"rethrow",
	"enter",
	"leave",
	"begin",
	"cancelScope",
	"withTaskGroup",
	"withCancelScope",
	"withTimeout",
	"moveOnAfter",
	"shield",
	"sleep",
	"now",
	"never",
	"activation",
	"running",
	"call",
	"start",
	"over",
	"here",
	"fork",
	"Box",
	"box",
	"nothing",
	"seven",
];
export const prologue = `const { ${names.join(", ")} } = env;\n`;
const fuel = 3000;

/** The engine names a callee, or what it takes apart, by what stands in the source. */
function words(message) {
	return String(message)
		.replace(/^.* is not a function/, "… is not a function")
		.replace(/^.* is not iterable.*/, "… is not iterable")
		.replace(/^Cannot destructure property '(.*?)'.*/, "Cannot read $1")
		.replace(/^Cannot read properties of \w+ \(reading '(.*)'\)/, "Cannot read $1");
}

/** Values as text: what a program logs must not change afterwards. */
export function show(value, depth = 3) {
	if (typeof value === "function") {
		return `[function ${value.name}]`;
	}
	if (typeof value !== "object" || value === null) {
		return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
	}
	if (value instanceof Error) {
		return `${value.name}: ${words(value.message)}`;
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
export function makeEnvironment(options, outer) {
	const { every, pause, cancelAt, cancelScope, cancelPoint, withTaskGroup, scopes } = options;
	const state = { log: [], fuel, chances: 0, suspensions: 0, points: [], forks: [], open: true };
	const root = outer ?? state;
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
		scopes.pending();
		if (scopes.open) {
			state.points.push(number);
		}
		if (number !== cancelAt) {
			return pause(number, value);
		}
		// A program that was cut down may have its cleanup at this number.
		state.misplaced = !scopes.open;
		return cancelPoint(state);
	};
	/** The end of the program. What it has asked for in silence must be the same, too. */
	const close = () => {
		state.open = false;
		for (const { chances, suspensions } of [state, ...state.forks.map((fork) => fork.state)]) {
			state.log.push(`${chances} chances, ${suspensions} suspensions`);
		}
	};
	const log = (...values) => {
		spend();
		// What runs after the end of the whole program is nobody's order.
		if (root.open) {
			state.log.push(values.map((value) => show(value)).join(" "));
			if (values[0] === "end") {
				close();
			}
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
	/** What is awaited, and does not behave. */
	const thenable = (value) => {
		spend();
		const kind = Math.abs(value | 0) % 12;
		const then = (resolve, reject) => {
			log("called");
			if (kind === 3) {
				throw failure(value);
			}
			if (kind === 4) {
				later(2, value).then(resolve);
				return;
			}
			if (kind === 5) {
				// The first one counts, although it is not done yet.
				resolve(later(1, value));
				reject(failure(value));
				throw failure(value);
			}
			(kind === 2 ? reject : resolve)(kind === 6 ? thenable(1) : value);
			resolve("twice");
		};
		switch (kind) {
			case 7:
				// Nobody asks for the `then` of a promise of the engine's own.
				// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
				return Object.defineProperty(Promise.resolve(value), "then", { value: () => log("then of a promise") });
			case 8:
				return new Patient((resolve) => resolve(value));
			case 9:
				return Object.defineProperty(Promise.resolve(value), "constructor", {
					get() {
						throw failure(value);
					},
				});
			case 10:
				// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
				return { then: value };
			case 11:
				return Object.assign(() => {}, { then });
			default:
				return {
					// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
					get then() {
						log("then");
						if (kind === 1 && value > 40) {
							throw failure(value);
						}
						return then;
					},
				};
		}
	};
	class Patient extends Promise {
		// biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
		then(...handlers) {
			log("patient");
			return super.then(...handlers);
		}
	}
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
			scopes.pending();
			return value;
		}
	}
	const box = new Box(1);
	box.inner = { get: (value) => maybe(value) };
	const maybe = (value) => (rare() ? suspension(value) : value);
	const tick = () => {
		spend();
		return every === Number.POSITIVE_INFINITY ? undefined : suspension(undefined);
	};
	const environment = {
		log,
		rare,
		maybe,
		later,
		thenable,
		failure,
		Box,
		box,
		tick,
		fail: (value) => {
			if (rare()) {
				scopes.pending();
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
					const promise = rare() ? later(i, result) : Promise.resolve(result);
					try {
						scopes.pending();
					} catch (cancellation) {
						// Whoever is cancelled while it waits for the next one closes what it iterates.
						this.return();
						throw cancellation;
					}
					return promise;
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
		/** What was caught, for a program that goes on with it. */
		word: (error) => (error instanceof Error ? show(error) : typeof error === "string" ? words(error) : error),
		rethrow: (error) => {
			if (error instanceof Cancellation) {
				throw error;
			}
		},
		enter: () => scopes.protect(),
		leave: () => scopes.unprotect(),
		begin: (scope) => {
			state.scope = scope;
		},
		cancelScope,
		withTaskGroup,
		...scopes.environment,
		...owners(state, { log, tick }),
		never: () => new Promise(() => {}),
		fork: (name) => {
			const member = makeEnvironment(options, root);
			state.forks.push({ name, state: member.state });
			return member.environment;
		},
		nothing: null,
		seven: 7,
	};
	return { environment, state };
}
